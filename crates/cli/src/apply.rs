//! `portaria apply`: what an operator declares, reconciled with the store. It opens the store directly; no server need run.

use crate::args::ApplyArgs;
use crate::exit::{Exit, Failure};
use crate::serve;
use anyhow::{Context, Result, bail};
use identity::declare::Declaration;
use std::path::Path;

/// The lists of an organization whose entries may name a metadata file.
const WITH_METADATA: &[&str] = &["application", "identity_provider"];

/// `portaria apply`
pub(crate) async fn run(typed: &ApplyArgs) -> Result<(), Failure> {
    let config = serve::load(&typed.config)?;
    let (text, folder) = read(&typed.file)?;
    let declaration = parse(&text, &folder).map_err(|error| {
        Failure::new(
            Exit::Usage,
            error.context(format!("{} is faulty", typed.file.display())),
        )
    })?;
    let app = serve::open(&config).await?;
    let outcome = app
        .service
        .declare(&app.moment(None), &declaration)
        .await
        .context("the database")?;
    if let Err(faults) = outcome {
        let listed: Vec<String> = faults
            .iter()
            .map(|fault| format!("{}: {}", fault.at, fault.what))
            .collect();
        let all = listed.join("\n");
        return Err(Failure::because(
            Exit::Usage,
            format_args!(
                "{} is faulty, nothing was changed:\n{all}",
                typed.file.display()
            ),
        ));
    }
    println!("declared: {} organizations", declaration.organization.len());
    Ok(())
}

/// The text, and the folder that relative paths in it start from.
fn read(file: &Path) -> Result<(String, std::path::PathBuf)> {
    if file == Path::new("-") {
        return Ok((
            std::io::read_to_string(std::io::stdin())?,
            std::env::current_dir()?,
        ));
    }
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    Ok((text, file.parent().unwrap_or(Path::new(".")).to_owned()))
}

/// The declaration, with `metadata_file = "…"` replaced by what the file holds.
fn parse(text: &str, folder: &Path) -> Result<Declaration> {
    let mut declared: toml::Table = text.parse()?;
    let organizations = declared
        .get_mut("organization")
        .and_then(toml::Value::as_array_mut);
    for organization in organizations.into_iter().flatten() {
        for list in WITH_METADATA {
            let entries = organization
                .get_mut(list)
                .and_then(toml::Value::as_array_mut);
            for entry in entries
                .into_iter()
                .flatten()
                .filter_map(toml::Value::as_table_mut)
            {
                fill_in_metadata(entry, folder)
                    .with_context(|| format!("{list} {}", name_of(entry)))?;
            }
        }
    }
    Ok(declared.try_into()?)
}

fn fill_in_metadata(entry: &mut toml::Table, folder: &Path) -> Result<()> {
    let Some(file) = entry.remove("metadata_file") else {
        return Ok(());
    };
    if entry.contains_key("metadata") {
        bail!("metadata and metadata_file: one of them");
    }
    let path = folder.join(file.as_str().context("metadata_file is a path")?);
    let metadata = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    entry.insert("metadata".to_owned(), toml::Value::String(metadata));
    Ok(())
}

fn name_of(entry: &toml::Table) -> &str {
    entry
        .get("id")
        .and_then(toml::Value::as_str)
        .unwrap_or("without an id")
}

#[cfg(test)]
mod tests {
    use super::parse;

    const DECLARED: &str = r#"
        [[organization]]
        id = "grid"
        [[organization.identity_provider]]
        id = "adfs"
        metadata_file = "adfs.xml"
    "#;

    #[test]
    fn metadata_is_read_from_the_file_beside_the_declaration() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("adfs.xml"), "<EntityDescriptor/>").unwrap();
        let declaration = parse(DECLARED, folder.path()).unwrap();
        let provider = &declaration.organization[0].identity_provider[0];
        assert_eq!(provider.metadata.as_deref(), Some("<EntityDescriptor/>"));
    }

    #[test]
    fn missing_file_and_two_sources_are_refused_with_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let missing = format!("{:#}", parse(DECLARED, folder.path()).unwrap_err());
        assert!(
            missing.starts_with("identity_provider adfs: ") && missing.contains("adfs.xml"),
            "{missing}"
        );
        std::fs::write(folder.path().join("adfs.xml"), "<EntityDescriptor/>").unwrap();
        let twice = parse(
            &format!("{DECLARED}\nmetadata = \"<EntityDescriptor/>\""),
            folder.path(),
        );
        assert!(format!("{:#}", twice.unwrap_err()).contains("one of them"));
    }
}

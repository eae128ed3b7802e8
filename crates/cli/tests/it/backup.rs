//! `portaria backup`, and what is put back from it.

use crate::operating::free_address;
use crate::program::{Ended, Running, argument, run};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

struct Installation {
    folder: TempDir,
    configuration: PathBuf,
}

impl Installation {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("portaria.toml");
        assert_eq!(run(&["init", argument(folder.path())]).code, 0);
        let text = std::fs::read_to_string(&configuration).unwrap();
        let text = text
            .replace("127.0.0.1:8080", "127.0.0.1:0")
            .replace("127.0.0.1:9090", &free_address());
        std::fs::write(&configuration, text).unwrap();
        Self {
            folder,
            configuration,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn job(&self, arguments: &[&str]) -> Ended {
        let configuration = ["--config", argument(&self.configuration)];
        run(&[arguments, configuration.as_slice()].concat())
    }

    fn declare(&self, organization: &str) {
        let file = self.file("declaration.toml");
        std::fs::write(
            &file,
            format!("[[organization]]\nid = \"{organization}\"\n"),
        )
        .unwrap();
        let declared = self.job(&["apply", "-f", argument(&file)]);
        assert_eq!(declared.code, 0, "{}", declared.err);
    }

    fn serve(&self) -> Running {
        let mut server = Running::start(&["serve", "--config", argument(&self.configuration)]);
        while self.job(&["healthcheck"]).code != 0 {
            assert!(!server.has_ended(), "{:?}", server.stop());
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// As the documentation says.
    fn put_back(&self, copy: &Path) {
        for suffix in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(self.file(&format!("portaria.db{suffix}")));
        }
        std::fs::copy(copy, self.file("portaria.db")).unwrap();
    }

    /// What a declaration without organizations and with this one would change.
    fn would_change(&self, organization: &str) -> String {
        let file = self.file("declaration.toml");
        std::fs::write(
            &file,
            format!("[[organization]]\nid = \"{organization}\"\n"),
        )
        .unwrap();
        self.job(&["apply", "--dry-run", "-f", argument(&file)]).out
    }
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn a_copy_is_made_beside_a_running_server_and_put_back() {
    let installation = Installation::new();
    installation.declare("before");
    let copy = installation.file("copy.db");
    let server = installation.serve();
    let made = installation.job(&["backup", argument(&copy)]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(
        made.out.contains("sound") && made.out.contains("master.key"),
        "{}",
        made.out
    );
    assert_eq!(mode(&copy), 0o600);
    installation.declare("after");
    assert_eq!(server.stop().code, 0);

    let kept = std::fs::read(&copy).unwrap();
    let again = installation.job(&["backup", argument(&copy)]);
    assert_eq!(again.code, 1, "{}", again.out);
    assert!(again.err.contains("is there already"), "{}", again.err);
    assert_eq!(std::fs::read(&copy).unwrap(), kept);
    let stray = std::fs::read_dir(installation.folder.path()).unwrap();
    let stray = stray.filter(|file| {
        file.as_ref()
            .unwrap()
            .file_name()
            .to_str()
            .unwrap()
            .starts_with(".tmp")
    });
    assert_eq!(stray.count(), 0, "nothing half-made is left");

    installation.put_back(&copy);
    assert_eq!(
        installation.would_change("before"),
        "nothing was changed: 0 changes\n"
    );
    assert!(
        installation.would_change("after").contains("after"),
        "it came later"
    );
    assert_eq!(installation.serve().stop().code, 0);
}

#[test]
fn a_damaged_database_is_not_passed_off_as_a_copy() {
    let installation = Installation::new();
    installation.declare("grid");
    let (copy, database) = (
        installation.file("copy.db"),
        installation.file("portaria.db"),
    );
    let whole = installation.file("whole.db");
    let made = installation.job(&["backup", argument(&whole)]);
    assert_eq!(made.code, 0, "control: {}", made.err);
    installation.put_back(&whole);
    let mut bytes = std::fs::read(&database).unwrap();
    let pages = bytes.len() / 4096;
    assert!(pages > 20, "control: there is something to damage");
    for page in 10..pages {
        bytes[page * 4096..page * 4096 + 64].fill(0xff);
    }
    std::fs::write(&database, bytes).unwrap();
    let refused = installation.job(&["backup", argument(&copy)]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(!copy.exists());
}

#[test]
fn what_cannot_be_copied_here_is_said_plainly() {
    let installation = Installation::new();
    let copy = installation.file("copy.db");
    let none = installation.job(&["backup", argument(&copy)]);
    assert_eq!(none.code, 1, "{}", none.err);
    assert!(none.err.contains("nothing to copy"), "{}", none.err);
    let text = std::fs::read_to_string(&installation.configuration).unwrap();
    let lines = text.lines().map(|line| {
        let is_it = line.starts_with("database = ");
        if is_it {
            "database = \"postgres://portaria@db.example.com/portaria\""
        } else {
            line
        }
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    std::fs::write(&installation.configuration, text).unwrap();
    let other = installation.job(&["backup", argument(&copy)]);
    assert_eq!(other.code, 2, "{}", other.err);
    assert!(other.err.contains("pg_dump"), "{}", other.err);
    assert!(!copy.exists());
}

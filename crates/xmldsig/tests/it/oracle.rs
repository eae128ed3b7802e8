//! Independent programs that judge what we do. Missing ones fail the test: a comparison that is skipped proves nothing.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

/// libxml2, asked through one Python process.
pub(crate) struct Libxml2 {
    process: Child,
    questions: Option<ChildStdin>,
    answers: ChildStdout,
}

impl Libxml2 {
    pub(crate) fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = std::env::var_os("PORTARIA_ORACLE_PYTHON").map_or_else(
            || root.join("../../target/oracles/venv/bin/python"),
            PathBuf::from,
        );
        let mut process = Command::new(&python)
            .arg(root.join("tests/oracle/lxml_server.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{}: {error}; run scripts/oracles first", python.display())
            });
        let (questions, answers) = (process.stdin.take(), process.stdout.take().unwrap());
        Self {
            process,
            questions,
            answers,
        }
    }

    /// The canonical form of the `element`th element of `document`, or why libxml2 does not read it.
    pub(crate) fn canonicalize(
        &mut self,
        document: &[u8],
        element: usize,
        prefixes: &[&str],
    ) -> Result<Vec<u8>, String> {
        let list: Vec<String> = prefixes
            .iter()
            .map(|prefix| format!("\"{prefix}\""))
            .collect();
        let mut question = format!(
            "{{\"element\":{element},\"prefixes\":[{}]}}\n",
            list.join(",")
        )
        .into_bytes();
        question.extend_from_slice(document);
        let questions = self.questions.as_mut().unwrap();
        questions
            .write_all(&u32::try_from(question.len()).unwrap().to_be_bytes())
            .unwrap();
        questions.write_all(&question).unwrap();
        let mut length = [0; 4];
        self.answers
            .read_exact(&mut length)
            .expect("the oracle answers; if lxml is missing, run scripts/oracles");
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        self.answers.read_exact(&mut answer).unwrap();
        match answer.split_first().unwrap() {
            (b'A', canonical) => Ok(canonical.to_vec()),
            (_, why) => Err(String::from_utf8_lossy(why).into_owned()),
        }
    }
}

impl Drop for Libxml2 {
    fn drop(&mut self) {
        // Its loop ends with its input.
        self.questions = None;
        let _ = self.process.wait();
    }
}

/// Runs xmlsec1.
pub(crate) fn xmlsec1<I: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = I>) -> Output {
    Command::new("xmlsec1")
        .args(arguments)
        .output()
        .expect("xmlsec1 runs; run scripts/oracles first")
}

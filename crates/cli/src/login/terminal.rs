//! The person at the terminal, if there is one: questions, news, and what is being waited for. All of it on standard error,
//! so that standard output stays the token's.

use super::refusal::Refusal;
use super::secret::Secret;
use indicatif::{ProgressBar, ProgressStyle};
use inquire::{Confirm, InquireError, Password, PasswordDisplayMode, Select, Text};
use std::fmt::Display;
use std::io::IsTerminal;
use std::time::Duration;

/// Where a person may sit.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    spinner: Option<ProgressBar>,
    person: bool,
    display: bool,
}

impl Terminal {
    /// Looks whether somebody can be asked, and whether somebody watches.
    pub(crate) fn open(no_input: bool) -> Self {
        let watched = std::io::stderr().is_terminal();
        Self {
            spinner: watched.then(spinner),
            person: !no_input && watched && std::io::stdin().is_terminal(),
            display: cfg!(target_os = "macos") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY"),
        }
    }

    /// Whether somebody can be asked.
    pub(crate) fn has_person(&self) -> bool {
        self.person
    }

    /// Whether a window could be seen.
    pub(crate) fn has_display(&self) -> bool {
        self.display
    }

    /// Says what is being waited for.
    pub(crate) fn waiting_for(&self, what: impl Display) {
        if let Some(spinner) = &self.spinner {
            spinner.set_message(what.to_string());
            spinner.enable_steady_tick(Duration::from_millis(120));
        }
    }

    /// Nothing is being waited for any more.
    pub(crate) fn rest(&self) {
        if let Some(spinner) = &self.spinner {
            spinner.disable_steady_tick();
            spinner.finish_and_clear();
        }
    }

    /// Tells something that matters, watched or not.
    pub(crate) fn say(&self, line: impl Display) {
        match &self.spinner {
            Some(spinner) => spinner.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    /// Asks for a line; it may be empty.
    pub(crate) async fn ask(&self, question: &str) -> Result<String, Refusal> {
        let question = question.to_owned();
        self.prompt(question.clone(), move || Text::new(&question).prompt())
            .await
            .map(|answer| answer.trim().to_owned())
    }

    /// Lets a person choose.
    pub(crate) async fn choose<T>(&self, question: &str, choices: Vec<T>) -> Result<T, Refusal>
    where
        T: Display + Send + 'static,
    {
        let question = question.to_owned();
        self.prompt(question.clone(), move || {
            Select::new(&question, choices).prompt()
        })
        .await
    }

    /// Asks for a secret, which is not shown.
    pub(crate) async fn ask_secret(&self, question: &str) -> Result<Secret, Refusal> {
        let question = question.to_owned();
        self.prompt(question.clone(), move || {
            Password::new(&question)
                .with_display_mode(PasswordDisplayMode::Masked)
                .without_confirmation()
                .prompt()
        })
        .await
        .map(Secret::new)
    }

    /// Asks for a yes; silence means no.
    pub(crate) async fn confirm(&self, question: &str) -> Result<bool, Refusal> {
        let question = question.to_owned();
        self.prompt(question.clone(), move || {
            Confirm::new(&question).with_default(false).prompt()
        })
        .await
    }

    async fn prompt<T, F>(&self, question: String, prompt: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, InquireError> + Send + 'static,
    {
        self.rest();
        let answer = tokio::task::spawn_blocking(prompt)
            .await
            .expect("a prompt does not panic");
        answer.map_err(|_| Refusal::NotAnswered { what: question })
    }
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

fn spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}").expect("the template is constant");
    ProgressBar::new_spinner().with_style(style)
}

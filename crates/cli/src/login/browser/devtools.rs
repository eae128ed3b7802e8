//! The DevTools protocol over a pipe: JSON messages, each ended by a zero byte.

use crate::login::refusal::{Refusal, quoted};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// A longer message is none that we asked for: pages are read, and no page of a sign-in is that long.
const LONGEST: u64 = 16 * 1024 * 1024;

/// How long it may take to answer. It answers at once, or never: a page that is just going away.
const PATIENCE: Duration = Duration::from_secs(15);

/// Something that happened in the browser.
pub(super) struct Event {
    /// Its name, such as `Fetch.requestPaused`.
    pub(super) method: String,
    /// Its facts.
    pub(super) params: Value,
}

/// A conversation with the browser.
pub(super) struct Devtools {
    commands: ChildStdin,
    answers: mpsc::Receiver<Value>,
    events: VecDeque<Event>,
    count: u64,
    /// The page that we talk to, once there is one.
    session: Option<String>,
}

impl Devtools {
    /// Over its pipes.
    pub(super) fn new(commands: ChildStdin, answers: ChildStdout) -> Self {
        let (sender, receiver) = mpsc::channel(64);
        tokio::spawn(read(answers, sender));
        Self {
            commands,
            answers: receiver,
            events: VecDeque::new(),
            count: 0,
            session: None,
        }
    }

    /// The first question, which a browser answers when it has started: a cold one is read from the disk first. Whoever asks knows
    /// how long to wait.
    pub(super) async fn started(&mut self) -> Result<(), Refusal> {
        self.ask("Browser.getVersion", json!({})).await.map(drop)
    }

    /// Talks to that page from now on.
    pub(super) fn attend(&mut self, session: String) {
        self.session = Some(session);
    }

    /// Asks, and waits for the answer; what happens meanwhile is kept.
    pub(super) async fn call(&mut self, method: &str, params: Value) -> Result<Value, Refusal> {
        let answer = timeout(PATIENCE, self.ask(method, params)).await;
        answer.unwrap_or_else(|_| {
            Err(Refusal::Browser {
                reason: format!("{method}: no answer"),
            })
        })
    }

    async fn ask(&mut self, method: &str, params: Value) -> Result<Value, Refusal> {
        self.count += 1;
        let mut message = json!({ "id": self.count, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.commands.write_all(&bytes).await.map_err(|_| gone())?;
        loop {
            let mut answer = self.answers.recv().await.ok_or_else(gone)?;
            if answer["id"] == self.count {
                if let Some(error) = answer.get("error") {
                    let said = error["message"].as_str().unwrap_or_default();
                    return Err(Refusal::Browser {
                        reason: format!("{method}: {}", quoted(said)),
                    });
                }
                return Ok(answer["result"].take());
            }
            self.events.extend(event(answer));
        }
    }

    /// The same of a page that may go away meanwhile, and with it whatever was asked of it: none, then.
    pub(super) async fn try_call(
        &mut self,
        method: &str,
        params: Value,
    ) -> Result<Option<Value>, Refusal> {
        match self.call(method, params).await {
            Ok(answer) => Ok(Some(answer)),
            Err(refusal) if self.is_gone() => Err(refusal),
            Err(_) => Ok(None),
        }
    }

    /// Whether the browser has ended.
    fn is_gone(&self) -> bool {
        self.answers.is_closed() && self.answers.is_empty()
    }

    /// What happens next. May be given up and asked again.
    pub(super) async fn event(&mut self) -> Result<Event, Refusal> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(event);
            }
            let answer = self.answers.recv().await.ok_or_else(gone)?;
            self.events.extend(event(answer));
        }
    }
}

fn event(mut message: Value) -> Option<Event> {
    Some(Event {
        method: message.get("method")?.as_str()?.to_owned(),
        params: message["params"].take(),
    })
}

/// Ends with the browser, or with whoever listens.
async fn read(answers: ChildStdout, sender: mpsc::Sender<Value>) {
    let mut answers = BufReader::new(answers);
    loop {
        let mut message = Vec::new();
        let read = (&mut answers)
            .take(LONGEST)
            .read_until(0, &mut message)
            .await;
        if !read.is_ok_and(|length| length > 0) || message.pop() != Some(0) {
            return;
        }
        if let Ok(message) = serde_json::from_slice(&message)
            && sender.send(message).await.is_err()
        {
            return;
        }
    }
}

fn gone() -> Refusal {
    Refusal::Browser {
        reason: "it was closed, or it did not start".to_owned(),
    }
}

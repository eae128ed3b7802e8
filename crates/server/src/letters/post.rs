//! The tray, and the one who carries it away: whoever asks for a letter does not wait for the SMTP server, so that neither
//! time nor failure tells whether there was one to send.

use super::wording;
use crate::config::mail::{Mail, MailTls};
use crate::pages::words::Words;
use identity::Moment;
use identity::people::Letter;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc;

/// Letters that wait at most; a further one is dropped, and whoever misses it asks again.
const TRAY: usize = 256;
/// How long a server may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long to wait before trying again, each time.
const AGAIN: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(20)];

/// Why letters cannot leave as configured.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The sender is no address.
    #[error("mail.from is no sender")]
    From(#[from] lettre::address::AddressError),
    /// The file of certificates cannot be read.
    #[error("mail.ca")]
    Certificates(#[source] std::io::Error),
    /// TLS cannot be set up as configured.
    #[error("mail.tls")]
    Tls(#[from] lettre::transport::smtp::Error),
    /// The folder cannot be made.
    #[error("mail.folder")]
    Folder(#[source] std::io::Error),
}

/// Where letters are put. Cheap to clone; by default there is no post, and nothing is offered that needs one.
#[derive(Clone, Default)]
pub struct Post(Option<Arc<Tray>>);

struct Tray {
    from: Mailbox,
    queue: mpsc::Sender<Message>,
}

impl Post {
    /// The post as configured, and the task that carries letters away.
    pub fn open(mail: &Mail) -> Result<(Self, impl Future<Output = ()> + Send + use<>), PostError> {
        let carrier = Carrier::open(mail)?;
        let (queue, letters) = mpsc::channel(TRAY);
        let from = mail.from.parse()?;
        let tray = Arc::new(Tray { from, queue });
        Ok((Self(Some(tray)), carry(carrier, letters)))
    }

    /// Whether letters leave at all.
    pub fn delivers(&self) -> bool {
        self.0.is_some()
    }

    /// Puts a letter into the tray whose link leads to `url`.
    pub fn put(&self, moment: &Moment, letter: &Letter, (words, url): (&Words, &str)) {
        let Some(tray) = &self.0 else { return };
        let correlation = moment.correlation;
        let message = match tray.message(moment, letter, (words, url)) {
            Ok(message) => message,
            Err(error) => {
                tracing::warn!(%correlation, %error, "a letter could not be written");
                return;
            }
        };
        if tray.queue.try_send(message).is_err() {
            tracing::warn!(%correlation, "a letter was dropped: too many wait");
        }
    }
}

impl Tray {
    fn message(
        &self,
        moment: &Moment,
        letter: &Letter,
        (words, url): (&Words, &str),
    ) -> Result<Message, Box<dyn std::error::Error + Send + Sync>> {
        let (subject, text) = wording::of(letter, words, url);
        let to = Mailbox::new(letter.name.clone(), letter.address.parse()?);
        let domain = self.from.email.domain();
        Ok(Message::builder()
            .from(self.from.clone())
            .to(to)
            .date(SystemTime::from(moment.now))
            .message_id(Some(format!("<{}@{domain}>", moment.correlation)))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(text)?)
    }
}

/// Who carries letters away.
enum Carrier {
    Server(AsyncSmtpTransport<Tokio1Executor>),
    Folder(AsyncFileTransport<Tokio1Executor>),
}

impl Carrier {
    fn open(mail: &Mail) -> Result<Self, PostError> {
        let Some(server) = &mail.server else {
            let folder = mail.folder.clone().unwrap_or_default();
            std::fs::create_dir_all(&folder).map_err(PostError::Folder)?;
            return Ok(Self::Folder(AsyncFileTransport::new(folder)));
        };
        let parameters = || parameters(mail, server);
        let tls = match mail.tls {
            // Required, not opportunistic: whoever stands in between could leave the offer out.
            MailTls::Starttls => Tls::Required(parameters()?),
            MailTls::Wrapped => Tls::Wrapper(parameters()?),
            MailTls::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server)
            .port(mail.port())
            .tls(tls)
            .timeout(Some(PATIENCE));
        if let (Some(user), Some(password)) = (&mail.user, &mail.password) {
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            builder = builder.credentials(credentials);
        }
        Ok(Self::Server(builder.build()))
    }

    /// Carries one letter; whether trying again may help.
    async fn carry(&self, letter: Message) -> Result<(), (bool, String)> {
        match self {
            Self::Server(server) => match server.send(letter).await {
                Ok(_) => Ok(()),
                Err(error) => Err((!error.is_permanent(), error.to_string())),
            },
            Self::Folder(folder) => match folder.send(letter).await {
                Ok(_) => Ok(()),
                Err(error) => Err((true, error.to_string())),
            },
        }
    }
}

fn parameters(mail: &Mail, server: &str) -> Result<TlsParameters, PostError> {
    let mut builder = TlsParameters::builder(server.to_owned());
    if let Some(path) = &mail.ca {
        let pem = std::fs::read(path).map_err(PostError::Certificates)?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem)?);
    }
    Ok(builder.build()?)
}

async fn carry(carrier: Carrier, mut letters: mpsc::Receiver<Message>) {
    while let Some(letter) = letters.recv().await {
        let mut pauses = AGAIN.into_iter();
        loop {
            let Err((again, error)) = carrier.carry(letter.clone()).await else {
                break;
            };
            let pause = pauses.next().filter(|_| again);
            // The error is the server's own line; the letter and its address stay out of the log.
            tracing::warn!(%error, again = pause.is_some(), "a letter was not taken");
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => break,
            }
        }
    }
}

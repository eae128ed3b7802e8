//! Ending on request: the first signal lets what runs finish, the second one does not.

use std::process;

/// Waits for Ctrl-C or SIGTERM. From then on, a second one ends the process at once.
pub(crate) async fn asked() -> std::io::Result<()> {
    let mut signals = Signals::listen()?;
    signals.next().await;
    tokio::spawn(async move {
        signals.next().await;
        eprintln!("portaria: asked twice, ending at once");
        process::exit(1);
    });
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        // Where there are no signals there is Ctrl-C; if even that cannot be heard, only killing ends the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

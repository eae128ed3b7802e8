//! Log lines on their way out, many in one write.
//!
//! A system call for each line of the access log costs as much as the token check that it tells of. So a line waits a few
//! milliseconds for others; one that warns waits for nothing, and takes along what waited. A process that is killed loses what
//! waited; the audit, which is in the store, loses nothing.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// How long a line waits for others.
const WAIT: Duration = Duration::from_millis(5);
/// How many bytes wait at most: then whoever has a line writes.
const MOST: usize = 256 * 1024;

/// Where lines go. Cheap to clone.
#[derive(Clone)]
pub struct Lines(Arc<Shared>);

struct Shared {
    // Whoever has both holds this one first, so that lines keep their order.
    out: Mutex<Out>,
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

struct Out {
    to: Box<dyn Write + Send>,
    /// What was written last: its place in memory is where the next lines wait.
    written: Vec<u8>,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// Whether the thread sleeps until it is told that there is something.
    idle: bool,
    /// Whether there is nobody any more who would write it later.
    ended: bool,
}

/// Writes what still waits, when it is dropped.
pub struct Flush {
    lines: Lines,
    thread: Option<JoinHandle<()>>,
}

impl Lines {
    /// Lines to `out`, until the second half is dropped; after that each is written at once.
    pub fn to(out: impl Write + Send + 'static) -> io::Result<(Self, Flush)> {
        let lines = Self(Arc::new(Shared {
            out: Mutex::new(Out {
                to: Box::new(out),
                written: Vec::new(),
            }),
            waiting: Mutex::default(),
            changed: Condvar::new(),
        }));
        let its = lines.clone();
        let thread = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || its.write_until_ended())?;
        let flush = Flush {
            lines: lines.clone(),
            thread: Some(thread),
        };
        Ok((lines, flush))
    }

    fn write_until_ended(&self) {
        while self.wait() {
            std::thread::sleep(WAIT);
            self.write_waiting();
        }
    }

    /// Whether there is something to write, now or later.
    fn wait(&self) -> bool {
        let mut waiting = self.waiting();
        while waiting.bytes.is_empty() && !waiting.ended {
            waiting.idle = true;
            let changed = self.0.changed.wait(waiting);
            waiting = changed.unwrap_or_else(PoisonError::into_inner);
        }
        waiting.idle = false;
        !waiting.ended
    }

    fn write_waiting(&self) {
        let mut out = self.0.out.lock().unwrap_or_else(PoisonError::into_inner);
        let Out { to, written } = &mut *out;
        written.clear();
        // One very long line does not keep its place for ever.
        written.shrink_to(2 * MOST);
        std::mem::swap(written, &mut self.waiting().bytes);
        // There is nowhere to say that the log cannot be written.
        let _ = to.write_all(written);
        let _ = to.flush();
    }

    fn append(&self, line: &[u8], urgent: bool) {
        let mut waiting = self.waiting();
        waiting.bytes.extend_from_slice(line);
        let now = urgent || waiting.ended || waiting.bytes.len() > MOST;
        let wake = std::mem::take(&mut waiting.idle);
        drop(waiting);
        if now {
            self.write_waiting();
        } else if wake {
            self.0.changed.notify_one();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        let waiting = self.0.waiting.lock();
        waiting.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        self.lines.waiting().ended = true;
        self.lines.0.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.lines.write_waiting();
    }
}

/// One line.
pub struct Line<'w> {
    lines: &'w Lines,
    urgent: bool,
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.lines.append(line, self.urgent);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Lines {
    type Writer = Line<'w>;

    fn make_writer(&'w self) -> Line<'w> {
        Line {
            lines: self,
            urgent: true,
        }
    }

    fn make_writer_for(&'w self, about: &Metadata<'_>) -> Line<'w> {
        Line {
            lines: self,
            urgent: *about.level() <= Level::WARN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<(Vec<u8>, usize)>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut kept = self.0.lock().unwrap();
            kept.0.extend_from_slice(bytes);
            kept.1 += 1;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Kept {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().0.clone()).unwrap()
        }
    }

    #[test]
    fn lines_keep_their_order_and_none_is_lost_at_the_end() {
        let kept = Kept::default();
        let (lines, flush) = Lines::to(kept.clone()).unwrap();
        let mut expected = String::new();
        for number in 0..1000 {
            let line = format!("{number}\n");
            lines.append(line.as_bytes(), number % 300 == 299);
            expected.push_str(&line);
        }
        drop(flush);
        assert_eq!(kept.text(), expected);
        assert!(kept.0.lock().unwrap().1 < 1000, "each was written alone");
        lines.append(b"after the end\n", false);
        assert_eq!(kept.text(), expected + "after the end\n");
    }

    #[test]
    fn line_that_warns_does_not_wait() {
        let kept = Kept::default();
        let (lines, _flush) = Lines::to(kept.clone()).unwrap();
        lines.append(b"waits\n", false);
        lines.append(b"warns\n", true);
        assert_eq!(kept.text(), "waits\nwarns\n");
    }
}

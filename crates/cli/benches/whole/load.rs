//! Clients in a closed loop: each keeps a connection, and asks again when it has its answer.

use crate::call::Answer;
use crate::machine;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Clients of a loop.
const CLIENTS: usize = 64;
/// Clients of a loop whose answers wait for the disk: enough for the core to have work while the others wait.
const WRITERS: usize = 256;

/// Turns that two targets take.
const TURNS: u32 = 10;

/// What a loop showed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    /// Answers for each second.
    pub(crate) per_second: f64,
    /// Microseconds of processor time that the servers used for each answer.
    pub(crate) microseconds: f64,
    /// Half of the answers came within this time, in milliseconds.
    pub(crate) median: f64,
    /// All but one in a hundred did.
    pub(crate) slowest: f64,
}

/// Who is asked, and whose processor time counts.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) servers: &'a [u32],
}

/// Asks the same for `window`, after a moment to warm up. Every answer must be a 2xx.
pub(crate) async fn repeat(target: Target<'_>, request: &[u8], window: Duration) -> Figures {
    let step = async |client: &mut Client| {
        client.ask(request).await.expect_success(client);
        true
    };
    run(target, CLIENTS, window / 5, &step).await;
    run(target, CLIENTS, window, &step).await
}

/// The same for answers that wait for the disk, without ever sleeping, like [`once_each`].
pub(crate) async fn repeat_for_writers(
    target: Target<'_>,
    request: &[u8],
    window: Duration,
) -> Figures {
    let step = async |client: &mut Client| {
        client.ask(request).await.expect_success(client);
        true
    };
    sleepless(async {
        run(target, WRITERS, window / 5, &step).await;
        run(target, WRITERS, window, &step).await
    })
    .await
}

/// Asks each target the same, in turns, each for `window` altogether: what slows the machine down meanwhile slows both. Never
/// sleeps: to wake somebody on another core costs the kernel microseconds, which it charges to whoever sends, and only a server
/// that is slow enough to let its clients sleep would pay them.
pub(crate) async fn repeat_in_turns(
    targets: [Target<'_>; 2],
    request: &[u8],
    window: Duration,
) -> [Figures; 2] {
    let step = async |client: &mut Client| {
        client.ask(request).await.expect_success(client);
        true
    };
    let turns = async {
        let mut took = targets.map(|_| Took::default());
        for target in targets {
            took_by(target, CLIENTS, window / TURNS, &step).await;
        }
        for _ in 0..TURNS {
            for (took, target) in took.iter_mut().zip(targets) {
                took.add(took_by(target, CLIENTS, window / TURNS, &step).await);
            }
        }
        took.map(Took::figures)
    };
    sleepless(turns).await
}

/// Asks each request once, and gives every answer to `keep`. Never sleeps, like [`repeat_in_turns`].
pub(crate) async fn once_each(
    target: Target<'_>,
    requests: Vec<Vec<u8>>,
    keep: impl Fn(Answer),
) -> Figures {
    let left = RefCell::new(requests);
    let step = async |client: &mut Client| {
        let Some(request) = left.borrow_mut().pop() else {
            return false;
        };
        keep(client.answer(&request).await);
        true
    };
    sleepless(run(target, WRITERS, Duration::from_hours(1), &step)).await
}

/// Does some work while the thread never sleeps.
async fn sleepless<T>(work: impl Future<Output = T>) -> T {
    let awake = async {
        loop {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        done = work => done,
        () = awake => unreachable!("it has no end"),
    }
}

/// Lets `clients` take steps for `window`, or until a step says that there is no other.
pub(crate) async fn run(
    target: Target<'_>,
    clients: usize,
    window: Duration,
    step: &impl AsyncFn(&mut Client) -> bool,
) -> Figures {
    took_by(target, clients, window, step).await.figures()
}

/// What every step of a loop took.
#[derive(Default)]
struct Took {
    each: Vec<Duration>,
    seconds: f64,
    processor_seconds: f64,
}

impl Took {
    fn add(&mut self, more: Self) {
        self.each.extend(more.each);
        self.seconds += more.seconds;
        self.processor_seconds += more.processor_seconds;
    }

    fn figures(mut self) -> Figures {
        self.each.sort_unstable();
        assert!(!self.each.is_empty(), "there was time for one answer");
        let at =
            |percent: usize| self.each[(self.each.len() - 1) * percent / 100].as_secs_f64() * 1e3;
        #[expect(clippy::cast_precision_loss, reason = "counts of answers are small")]
        let count = self.each.len() as f64;
        Figures {
            per_second: count / self.seconds,
            microseconds: self.processor_seconds / count * 1e6,
            median: at(50),
            slowest: at(99),
        }
    }
}

async fn took_by(
    target: Target<'_>,
    clients: usize,
    window: Duration,
    step: &impl AsyncFn(&mut Client) -> bool,
) -> Took {
    let (began, used) = (Instant::now(), machine::processor_seconds(target.servers));
    let clients = (0..clients).map(async |_| {
        let mut client = Client::connect(target.address).await;
        let mut took = Vec::new();
        while began.elapsed() < window {
            let asked = Instant::now();
            if !step(&mut client).await {
                break;
            }
            took.push(asked.elapsed());
        }
        took
    });
    let took = futures_util::future::join_all(clients).await;
    Took {
        each: took.into_iter().flatten().collect(),
        seconds: began.elapsed().as_secs_f64(),
        processor_seconds: machine::processor_seconds(target.servers) - used,
    }
}

/// A connection that is kept.
pub(crate) struct Client {
    stream: TcpStream,
    received: Vec<u8>,
}

/// Where an answer's parts are among the bytes received.
struct Reply {
    status: u16,
    head: usize,
}

impl Reply {
    fn expect_success(&self, client: &Client) {
        let whole = || String::from_utf8_lossy(&client.received).into_owned();
        assert!((200..400).contains(&self.status), "{}", whole());
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            received: Vec::with_capacity(16 * 1024),
        }
    }

    /// Sends a request and receives the whole answer.
    async fn ask(&mut self, request: &[u8]) -> Reply {
        self.received.clear();
        self.stream.write_all(request).await.unwrap();
        loop {
            let read = self.stream.read_buf(&mut self.received).await.unwrap();
            assert!(
                read > 0,
                "the connection broke after {:?}",
                String::from_utf8_lossy(&self.received)
            );
            if let Some(reply) = self.whole() {
                return reply;
            }
        }
    }

    /// The same, taken apart. It must be no refusal.
    pub(crate) async fn answer(&mut self, request: &[u8]) -> Answer {
        let reply = self.ask(request).await;
        reply.expect_success(self);
        let (head, body) = self.received.split_at(reply.head);
        let [head, body] = [head, body].map(|part| String::from_utf8_lossy(part).into_owned());
        Answer { head, body }
    }

    fn whole(&self) -> Option<Reply> {
        let mut headers = [httparse::EMPTY_HEADER; 48];
        let mut answer = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(head) = answer.parse(&self.received).unwrap() else {
            return None;
        };
        let named = |name: &str| {
            let found = answer
                .headers
                .iter()
                .find(|h| h.name.eq_ignore_ascii_case(name));
            found.and_then(|header| std::str::from_utf8(header.value).ok())
        };
        let whole = match named("content-length").and_then(|text| text.parse::<usize>().ok()) {
            Some(length) => self.received.len() >= head + length,
            None if named("transfer-encoding").is_some() => self.received.ends_with(b"0\r\n\r\n"),
            None => true,
        };
        whole.then_some(Reply {
            status: answer.code.unwrap_or_default(),
            head,
        })
    }
}

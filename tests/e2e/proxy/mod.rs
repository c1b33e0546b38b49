//! A proxy before the emulator: it knows who calls for what, and does to each call what it is told to.
//!
//! An effect may be kept from the emulator, or be done without the caller learning of it, or be done twice. What is done
//! in the emulator is done by the emulator.

mod answers;
mod call;
mod dice;
mod http;
mod partial;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

pub(crate) use call::Call;
pub(crate) use dice::Dice;
pub(crate) use http::Message;

/// What becomes of a call. `done`: it is done before that, and the caller does not learn so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is done, and answered.
    Pass,
    /// There are too many.
    Throttled,
    /// A 500.
    Failed { done: bool },
    /// The connection is reset.
    Reset { done: bool },
    /// There is no answer for longer than the caller waits.
    TimedOut { done: bool },
    /// There is no answer, and the caller is no more.
    Killed { done: bool },
    /// Of a batch, some entries are not taken: those whose place has a bit here.
    Partial(u64),
    /// It is done twice, as queues deliver twice.
    Twice,
    /// The messages that it sends come so many seconds later.
    Late(u32),
}

impl Fate {
    /// Whether it is done, and the caller does not know.
    pub(crate) fn is_unknown(self) -> bool {
        matches!(
            self,
            Self::Failed { done: true }
                | Self::Reset { done: true }
                | Self::TimedOut { done: true }
                | Self::Killed { done: true }
        )
    }
}

/// Who says what becomes of calls.
pub(crate) trait Judge: Send + Sync + 'static {
    /// What is to become of a call. Nothing happens before the answer.
    fn judge(&self, call: &Arc<Call>) -> oneshot::Receiver<Fate>;
    /// There will be no answer to this call, and everything that was to be done of it is done.
    fn unanswered(&self, call: &Call, fate: Fate);
    /// Headers that every call is given.
    fn headers(&self) -> Vec<(String, String)>;
}

/// Listens until the runtime ends; returns where.
pub(crate) async fn start(upstream: SocketAddr, judge: Arc<dyn Judge>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let connection = Connection {
                stream: BufReader::new(stream),
                upstream: Upstream { address: upstream, stream: None },
                judge: Arc::clone(&judge),
            };
            // What breaks a connection is its caller's, who sees it break.
            tokio::spawn(async move { connection.serve().await.ok() });
        }
    });
    Ok(address)
}

/// The emulator, by one connection at a time.
pub(crate) struct Upstream {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Upstream {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Asks the emulator.
    pub(crate) async fn ask(&mut self, request: &Message) -> io::Result<Message> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                BufReader::new(stream)
            }
        };
        request.write(&mut stream).await?;
        let answer = Message::read(&mut stream).await?;
        let answer = answer.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        self.stream = Some(stream);
        Ok(answer)
    }
}

struct Connection {
    stream: BufReader<TcpStream>,
    upstream: Upstream,
    judge: Arc<dyn Judge>,
}

impl Connection {
    async fn serve(mut self) -> io::Result<()> {
        self.stream.get_ref().set_nodelay(true)?;
        while let Some(mut request) = Message::read(&mut self.stream).await? {
            request.headers.extend(self.judge.headers());
            let call = Arc::new(Call::of(request));
            let Ok(fate) = self.judge.judge(&call).await else { return Ok(()) };
            let answer = match fate {
                Fate::Pass => self.upstream.ask(&call.request).await?,
                Fate::Throttled => answers::throttled(&call),
                Fate::Failed { done } => {
                    self.does(&call, done).await?;
                    answers::failed(&call)
                }
                Fate::Reset { done } => {
                    self.does(&call, done).await?;
                    return self.stream.get_ref().set_zero_linger();
                }
                Fate::TimedOut { done } | Fate::Killed { done } => {
                    self.does(&call, done).await?;
                    self.judge.unanswered(&call, fate);
                    // Until the caller gives up.
                    self.stream.read_to_end(&mut Vec::new()).await?;
                    return Ok(());
                }
                Fate::Partial(which) => self.partial(&call, which).await?,
                Fate::Twice => {
                    self.upstream.ask(&call.request).await?;
                    self.upstream.ask(&call.request).await?
                }
                Fate::Late(seconds) => self.upstream.ask(&later(&call, seconds)).await?,
            };
            answer.write(&mut self.stream).await?;
        }
        Ok(())
    }

    async fn does(&mut self, call: &Call, done: bool) -> io::Result<()> {
        if done {
            self.upstream.ask(&call.request).await?;
        }
        Ok(())
    }

    async fn partial(&mut self, call: &Call, which: u64) -> io::Result<Message> {
        let Some(kept) = partial::split(call, |place| which >> (place % 64) & 1 == 1) else {
            return self.upstream.ask(&call.request).await;
        };
        let rest = match &kept.request {
            Some(request) => Some(self.upstream.ask(request).await?),
            None => None,
        };
        Ok(kept.answer(rest))
    }
}

/// The same messages, with a longer delay.
fn later(call: &Call, seconds: u32) -> Message {
    let mut body = call.json();
    let add = |value: &mut serde_json::Value| {
        let delay = value["DelaySeconds"].as_u64().unwrap_or_default() + u64::from(seconds);
        value["DelaySeconds"] = delay.min(900).into();
    };
    match body["Entries"].as_array_mut() {
        Some(entries) => entries.iter_mut().for_each(add),
        None => add(&mut body),
    }
    Message { body: body.to_string().into_bytes(), ..call.request.clone() }
}

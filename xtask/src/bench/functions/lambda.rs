//! One function as a process, and Lambda's runtime API (Lambda Developer Guide, "Using the Lambda runtime
//! API") for it.

use std::io::{BufReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{fs, thread};

use super::http::{answer, request};

/// How long an invocation may take: Lambda's longest.
const TIMEOUT: Duration = Duration::from_secs(900);

/// A function that waits for its next event.
pub(super) struct Function {
    child: Child,
    listener: TcpListener,
    /// Its request for the next event.
    next: BufReader<TcpStream>,
    /// What it writes to its standard output.
    log: JoinHandle<String>,
}

impl Function {
    /// Starts one, and says how long it took to its first request.
    pub(super) fn start(program: &Path, variables: &[(&str, String)]) -> Result<(Self, Duration), String> {
        let shown = program.display();
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| format!("the runtime API: {e}"))?;
        let address = listener.local_addr().map_err(|e| format!("the runtime API: {e}"))?;
        let mut command = Command::new(program);
        command.env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
        command.env("AWS_LAMBDA_RUNTIME_API", address.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let start = Instant::now();
        let mut child = command.spawn().map_err(|e| format!("{shown}: {e}"))?;
        let stdout = child.stdout.take();
        let log = thread::spawn(move || {
            let mut log = String::new();
            // What is not UTF-8 ends it, which whoever reads the log sees.
            let _ = stdout.map(|mut stdout| stdout.read_to_string(&mut log));
            // Whoever waits for the function's next request need not wait any more.
            let _ = TcpStream::connect(address);
            log
        });
        let (stream, _) = listener.accept().map_err(|e| format!("the runtime API: {e}"))?;
        let mut next = BufReader::new(stream);
        let first = request(&mut next)?;
        let took = start.elapsed();
        match first {
            Some(first) if first.path.ends_with("/next") => Ok((Self { child, listener, next, log }, took)),
            _ => Err(format!("{shown} ended; its log:\n{}", log.join().unwrap_or_default())),
        }
    }

    /// Hands an event over; what the function answers.
    pub(super) fn invoke(&mut self, event: &str) -> Result<String, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let headers = format!(
            "lambda-runtime-aws-request-id: 00000000-0000-4000-8000-000000000000\r\n\
             lambda-runtime-deadline-ms: {}\r\n\
             lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:111122223333:function:it\r\n\
             lambda-runtime-trace-id: Root=1-00000000-000000000000000000000000\r\n\
             content-type: application/json\r\nconnection: close\r\n",
            (now + TIMEOUT).as_millis()
        );
        answer(self.next.get_ref(), 200, &headers, event)?;
        let (said, stream) = self.accept()?;
        answer(stream.get_ref(), 202, "connection: close\r\n", "")?;
        (_, self.next) = self.accept()?;
        if said.path.ends_with("/response") { Ok(said.body) } else { Err(said.body) }
    }

    /// The most memory that it has held so far, in bytes.
    pub(super) fn peak(&self) -> Result<u64, String> {
        let file = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&file).map_err(|e| format!("{file}: {e} (Linux has it)"))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        let peak = peak.and_then(|peak| peak.parse::<u64>().ok());
        peak.map(|peak| peak * 1024).ok_or_else(|| format!("{file} has no VmHWM"))
    }

    /// Ends it; its log.
    pub(super) fn end(mut self) -> Result<String, String> {
        self.child.kill().and_then(|()| self.child.wait()).map_err(|e| format!("the function: {e}"))?;
        Ok(self.log.join().unwrap_or_default())
    }

    fn accept(&self) -> Result<(super::http::Request, BufReader<TcpStream>), String> {
        let (stream, _) = self.listener.accept().map_err(|e| format!("the runtime API: {e}"))?;
        let mut stream = BufReader::new(stream);
        let request = request(&mut stream)?.ok_or("the function ended")?;
        Ok((request, stream))
    }
}

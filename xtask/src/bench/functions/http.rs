//! As much of HTTP/1.1 as programs on this machine need to talk to a stub.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// A request.
pub(super) struct Request {
    /// As `/2018-06-01/runtime/invocation/next`.
    pub(super) path: String,
    /// What `X-Amz-Target` says; empty without one.
    pub(super) target: String,
    pub(super) body: String,
}

/// The next request of a connection; `None`: the other side has ended it.
pub(super) fn request(stream: &mut BufReader<TcpStream>) -> Result<Option<Request>, String> {
    let said = |error: std::io::Error| format!("a request cannot be read: {error}");
    let mut line = String::new();
    stream.read_line(&mut line).map_err(said)?;
    let Some(path) = line.split(' ').nth(1).map(str::to_owned) else { return Ok(None) };
    let (mut length, mut target) = (0, String::new());
    loop {
        line.clear();
        stream.read_line(&mut line).map_err(said)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().map_err(|_| format!("not a length: {line}"))?,
            "transfer-encoding" => return Err("a request in chunks is not understood".to_owned()),
            "x-amz-target" => value.trim().clone_into(&mut target),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).map_err(said)?;
    let body = String::from_utf8(body).map_err(|error| format!("a request is no text: {error}"))?;
    Ok(Some(Request { path, target, body }))
}

/// Answers a request; `headers` are whole lines.
pub(super) fn answer(stream: &TcpStream, status: u16, headers: &str, body: &str) -> Result<(), String> {
    // In one write, so that nobody waits for the rest of it.
    let answer = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len());
    let mut stream = stream;
    stream.write_all(answer.as_bytes()).map_err(|error| format!("an answer cannot be sent: {error}"))
}

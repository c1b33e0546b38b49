//! HTTP/1.1, as far as AWS's SDK and the emulator speak it: a head, and a body of a length that is told.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// The longest line of a head, and how many lines it may have.
const LINE: usize = 64 * 1024;

/// A request or an answer: its first line, its headers (names in lower case), its body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    pub(crate) first: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// An answer.
    pub(crate) fn answer(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let first = format!("HTTP/1.1 {status} x");
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { first, headers, body: body.into() }
    }

    /// A header by its name; empty: there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Reads one; `None`: the other side is gone.
    pub(crate) async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Self>> {
        let Some(first) = line(stream).await? else { return Ok(None) };
        let mut message = Self { first, ..Self::default() };
        loop {
            let Some(line) = line(stream).await? else { return Ok(None) };
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| broken("a header without a colon"))?;
            message.headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
        if message.header("expect") == "100-continue" {
            message.headers.retain(|(name, _)| name != "expect");
            stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        if message.header("transfer-encoding") == "chunked" {
            message.body = chunks(stream).await?;
        } else {
            let length = message.header("content-length").parse().unwrap_or(0);
            message.body = vec![0; length];
            stream.read_exact(&mut message.body).await?;
        }
        Ok(Some(message))
    }

    /// Writes it, with the length that its body has.
    pub(crate) async fn write(&self, stream: &mut BufReader<TcpStream>) -> io::Result<()> {
        let mut bytes = format!("{}\r\n", self.first).into_bytes();
        let told = ["content-length", "transfer-encoding", "connection", "keep-alive"];
        for (name, value) in self.headers.iter().filter(|(name, _)| !told.contains(&name.as_str())) {
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
        bytes.extend(format!("content-length: {}\r\n\r\n", self.body.len()).bytes());
        bytes.extend(&self.body);
        stream.get_mut().write_all(&bytes).await
    }
}

async fn line(stream: &mut BufReader<TcpStream>) -> io::Result<Option<String>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    if line.len() > LINE { Err(broken("a line is too long")) } else { Ok(Some(line.trim_end().to_owned())) }
}

async fn chunks(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(stream).await?.ok_or_else(|| broken("a body ends too soon"))?;
        let size = size.split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size.trim(), 16).map_err(|_| broken("a chunk without a size"))?;
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..]).await?;
        line(stream).await?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn broken(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

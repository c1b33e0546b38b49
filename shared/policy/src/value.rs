//! Numbers, dates and addresses as conditions write them: parsed once, compared exactly.
//!
//! IAM User Guide, "IAM JSON policy elements: Condition operators".

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::Date;

/// How many decimal places a number keeps. One with more is not read, and so is unknown.
const SCALE: u32 = 9;

/// A decimal number, exact: its value times 10^9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(pub i128);

impl Number {
    /// Reads an integer or a decimal, with an optional sign; `None` if it is neither, or has more
    /// than 9 decimal places or 24 digits before them.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let numeric = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let fraction = fraction.trim_end_matches('0');
        if whole.len() + fraction.len() == 0
            || whole.len() > 24
            || fraction.len() > SCALE as usize
            || !numeric(whole)
            || !numeric(fraction)
        {
            return None;
        }
        let mut value: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            value = value * 10 + i128::from(digit - b'0');
        }
        value *= 10i128.pow(SCALE - fraction.len() as u32);
        Some(Self(if negative { -value } else { value }))
    }

    /// The number as text, without trailing zeros.
    pub fn text(self) -> String {
        let unit = 10u128.pow(SCALE);
        let magnitude = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let fraction = format!("{:09}", magnitude % unit);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{}{point}{fraction}", magnitude / unit)
    }
}

/// Reads a moment: ISO 8601 (a year, a month, a day, or a time with an offset) or epoch seconds.
/// The result is in nanoseconds since the epoch.
pub fn parse_date(text: &str) -> Option<i128> {
    if let Ok(timestamp) = Timestamp::from_str(text) {
        return Some(timestamp.as_nanosecond());
    }
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, digits: usize| -> Option<i16> {
        (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())?
    };
    let (year, month, day) = match parts.as_slice() {
        // Four digits are a year rather than the first hours of 1970.
        [year] if year.len() == 4 => (number(year, 4)?, 1, 1),
        [seconds] => {
            let Number(value) = Number::parse(seconds)?;
            return Some(value);
        }
        [year, month] => (number(year, 4)?, number(month, 2)?, 1),
        [year, month, day] if day.len() == 2 => (number(year, 4)?, number(month, 2)?, number(day, 2)?),
        _ => {
            // A time without seconds, as `2026-01-31T10:00Z`.
            let (date, rest) = text.split_once('T')?;
            let (clock, offset) = rest.split_at_checked(5)?;
            return Timestamp::from_str(&format!("{date}T{clock}:00{offset}"))
                .ok()
                .map(Timestamp::as_nanosecond);
        }
    };
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let midnight = Timestamp::from_str(&format!("{date}T00:00:00Z")).ok()?;
    Some(midnight.as_nanosecond())
}

/// Nanoseconds since the epoch as ISO 8601, `None` outside the years that ISO 8601 can write.
pub fn date_text(nanoseconds: i128) -> Option<String> {
    Timestamp::from_nanosecond(nanoseconds).ok().map(|t| t.to_string())
}

/// Reads an address range; a bare address is itself alone.
pub fn parse_network(text: &str) -> Option<IpNet> {
    IpNet::from_str(text).ok().map(|net| net.trunc()).or_else(|| parse_address(text).map(IpNet::from))
}

/// Reads one address.
pub fn parse_address(text: &str) -> Option<IpAddr> {
    IpAddr::from_str(text).ok()
}

/// An IPv6 address from its 128 bits.
pub fn address_v6(bits: u128) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        assert_eq!(Number::parse("10"), Number::parse("10.0"));
        assert_eq!(Number::parse("-0.5").map(Number::text).as_deref(), Some("-0.5"));
        assert!(Number::parse("9007199254740993") > Number::parse("9007199254740992"));
        for bad in ["", "-", "1e3", "0x1", "1.2.3", "ten", "0.1234567891"] {
            assert_eq!(Number::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn dates_are_iso_or_epoch_seconds() {
        let day = parse_date("2026-01-31T00:00:00Z");
        assert!(day.is_some());
        for same in ["2026-01-31", "2026-01-31T01:00:00+01:00", "2026-01-31T00:00Z", "1769817600"] {
            assert_eq!(parse_date(same), day, "{same}");
        }
        assert_eq!(parse_date("2026"), parse_date("2026-01-01"));
        for bad in ["", "soon", "2026-13-01", "2026-01-32", "31-01-2026"] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_bare_address_is_a_range_of_one() {
        assert_eq!(parse_network("10.1.2.3"), parse_network("10.1.2.3/32"));
        assert_eq!(parse_network("2001:db8::1"), parse_network("2001:db8::1/128"));
        assert_eq!(parse_network("10.1.2.3/8"), parse_network("10.0.0.0/8"));
        assert_eq!(parse_network("10.1.2"), None);
    }
}

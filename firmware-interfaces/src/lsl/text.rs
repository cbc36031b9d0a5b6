//! Lines of LSL's messages.

/// A number in decimal, or nothing.
pub(super) fn number<T: core::str::FromStr>(text: Option<&str>) -> Option<T> {
    text?.trim().parse().ok()
}

/// The first line and what is behind it; a line ends with `\n`, or `\r\n`.
pub(super) fn line(text: &str) -> Option<(&str, &str)> {
    let (line, rest) = text.split_once('\n')?;
    Some((line.strip_suffix('\r').unwrap_or(line), rest))
}

/// The value of a `name: value` line, if it is the line of that name in any case.
pub(super) fn header(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    Some((name.trim(), value.trim()))
}

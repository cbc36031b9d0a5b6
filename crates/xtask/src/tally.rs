//! Counting tests from what their runners print.

/// How many passed and failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub(crate) passed: u32,
    /// Tests that failed.
    pub(crate) failed: u32,
}

impl Tally {
    /// A step that is one check by itself.
    pub(crate) const ONE: Self = Self {
        passed: 1,
        failed: 0,
    };

    /// Takes in a summary line of `cargo test`, pytest or a plain `N passed, M failed`; any other line changes nothing.
    pub(crate) fn see(&mut self, line: &str) {
        let line = plain(line);
        let line = line.trim_matches(['=', ' ']);
        let summary = match line.strip_prefix("test result: ") {
            Some(counts) => counts.split_once(". ").map_or("", |(_, counts)| counts),
            None if line.starts_with(|first: char| first.is_ascii_digit()) => line,
            None => return,
        };
        let mut seen = Self::default();
        for part in summary.split([',', ';']) {
            let mut words = part.split_whitespace();
            let (Some(count), Some(what)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(count) = count.parse::<u32>() else {
                continue;
            };
            match what {
                "passed" => seen.passed += count,
                "failed" | "error" | "errors" => seen.failed += count,
                _ => {}
            }
        }
        *self += seen;
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Without the terminal's colour sequences.
fn plain(line: &str) -> String {
    let mut parts = line.split('\x1b');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_lines_count_and_others_do_not() {
        let check = |line: &str, passed: u32, failed: u32| {
            let mut tally = Tally::default();
            tally.see(line);
            assert_eq!(tally, Tally { passed, failed }, "{line}");
        };
        check(
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.5s",
            12,
            0,
        );
        check(
            "test result: \x1b[31mFAILED\x1b[0m. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
            3,
            2,
        );
        check(
            "===== 2 failed, 7 passed, 1 skipped, 3 warnings in 1.20s =====",
            7,
            2,
        );
        check("1 passed, 1 error in 0.1s", 1, 1);
        check("26 passed, 0 failed", 26, 0);
        check("", 0, 0);
        check("no tests ran in 0.01s", 0, 0);
        check("test audio::passed ... ok", 0, 0);
        check("running 3 tests", 0, 0);
        check("165415 packets passed", 0, 0);
    }

    #[test]
    fn tallies_add_up() {
        let mut tally = Tally::ONE;
        tally.see("2 passed, 3 failed");
        tally += Tally::ONE;
        assert_eq!(tally.to_string(), "4 passed, 3 failed");
    }
}

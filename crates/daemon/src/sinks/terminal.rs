//! A live view on the terminal, a line a second where there is no terminal.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};

use wok_core::cue::{Change, CueEvent};
use wok_core::hop::Presence;
use wok_core::verdict::{Aspect, StreamKind, Verdict};

use super::{Report, Sink};

/// The live view.
pub struct Terminal {
    out: Box<dyn Write + Send>,
    live: bool,
    /// Lines of the panel that stands on the screen.
    drawn: usize,
    last: Vec<Option<i64>>,
    /// What the cook of the first station is to do now.
    cue: Option<CueEvent>,
}

/// A plain line is written this often for each station.
const LINE_EVERY_MS: i64 = 1000;
/// Width of a full bar in characters.
const BAR: usize = 40;

impl Terminal {
    /// On standard output: a panel that is drawn anew on a terminal, lines otherwise.
    #[must_use]
    pub fn stdout() -> Self {
        let out = std::io::stdout();
        let live = out.is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb");
        Self::new(Box::new(out), live)
    }

    fn new(out: Box<dyn Write + Send>, live: bool) -> Self {
        Self {
            out,
            live,
            drawn: 0,
            last: Vec::new(),
            cue: None,
        }
    }

    fn write(&mut self, text: &str) {
        // A terminal that is gone is nobody's loss.
        let _ = self
            .out
            .write_all(text.as_bytes())
            .and_then(|()| self.out.flush());
    }
}

impl Sink for Terminal {
    fn report(&mut self, report: &Report<'_>) {
        let station = usize::from(report.verdict.station);
        if self.last.len() <= station {
            self.last.resize(station + 1, None);
        }
        if self.live {
            // One panel, of the first station.
            if station == 0 {
                for event in report.verdict.cues.iter().flatten() {
                    self.cue = (event.change != Change::End).then_some(*event);
                }
                let panel = panel(report, self.cue.as_ref());
                let up = if self.drawn > 0 {
                    format!("\x1b[{}A", self.drawn)
                } else {
                    String::new()
                };
                self.drawn = panel.lines().count();
                self.write(&format!("{up}{}", panel.replace('\n', "\x1b[K\n")));
            }
            return;
        }
        for event in report.verdict.cues.iter().flatten() {
            if event.change == Change::New {
                let name = report.station().map_or("", |place| place.name.as_str());
                self.write(&format!("{name}  {}\n", cue(event)));
            }
        }
        if self.last[station].is_none_or(|last| report.time_ms - last >= LINE_EVERY_MS) {
            self.last[station] = Some(report.time_ms);
            self.write(&format!("{}\n", line(report)));
        }
    }
}

/// What to do and why.
fn cue(event: &CueEvent) -> String {
    let causes: Vec<_> = event
        .causes
        .iter()
        .map(|cause| format!("{} {}", cause.zh(), cause.en()))
        .collect();
    format!(
        "► {} {} ({:.0} %): {}",
        event.kind.zh(),
        event.kind.as_str(),
        event.confidence * 100.0,
        causes.join(", ")
    )
}

/// One line for one hop.
fn line(report: &Report<'_>) -> String {
    let verdict = report.verdict;
    let mut text = report
        .station()
        .map_or_else(String::new, |place| place.name.clone());
    match &verdict.outcome {
        Ok(output) => {
            let [low, _, score, _, high] = output.score;
            let _ = write!(text, "  score {score:.0} ({low:.0}-{high:.0})");
            if let Some((phase, _)) = verdict.phase() {
                let _ = write!(text, "  {} {}", phase.zh(), phase.as_str());
            }
        }
        Err(why) => {
            let _ = write!(text, "  no score: {}", why.as_str());
        }
    }
    let _ = write!(text, "  {}", measured(verdict));
    for stream in verdict.missing() {
        let _ = write!(text, "  {} missing", stream.as_str());
    }
    text
}

fn measured(verdict: &Verdict) -> String {
    let mut text = String::new();
    if let Some(wall) = verdict.measured.wall_celsius {
        let _ = write!(text, "wall {wall:.0} °C  ");
    }
    match verdict.measured.toss_hz {
        Some(hz) if hz > 0.0 => {
            let _ = write!(text, "toss {hz:.1} Hz");
        }
        Some(_) => text.push_str("at rest"),
        None => {}
    }
    text
}

/// The whole panel of one hop.
fn panel(report: &Report<'_>, standing: Option<&CueEvent>) -> String {
    let verdict = report.verdict;
    let name = report.station().map_or("", |place| place.name.as_str());
    let kind = if report.bridge.simulated {
        "simulated sensors"
    } else {
        "live sensors"
    };
    let mut text = format!(
        "家的味道  taste of home · {name} · {kind} · {} edition\n",
        report.bridge.edition
    );
    match &verdict.outcome {
        Ok(output) => {
            let [low, _, score, _, high] = output.score;
            let _ = writeln!(text, "  technique score {score:5.1}  ({low:.0}-{high:.0})");
            let _ = writeln!(text, "  {}", bar(score / 100.0));
            let (phase, probability) = verdict
                .phase()
                .map_or(("", 0.0), |(phase, p)| (phase.zh(), p));
            let english = verdict.phase().map_or("", |(phase, _)| phase.as_str());
            let _ = writeln!(
                text,
                "  phase {phase} {english} {:.0} %",
                probability * 100.0
            );
            for aspect in Aspect::ALL {
                let value = output.aspects[aspect.index()];
                let _ = writeln!(
                    text,
                    "  {} {:<9} {:3.0}",
                    aspect.zh(),
                    aspect.as_str(),
                    value * 100.0
                );
            }
        }
        Err(why) => {
            let _ = writeln!(text, "  no score: {}", why.as_str());
        }
    }
    let _ = writeln!(text, "  {}", standing.map_or_else(String::new, cue));
    let _ = writeln!(text, "  {}", measured(verdict));
    text.push_str("  ");
    for stream in StreamKind::ALL {
        let state = match verdict.presence[stream.index()] {
            Presence::Absent => continue,
            Presence::Missing => "missing",
            Presence::Degraded => "degraded",
            Presence::Present => "ok",
        };
        let _ = write!(text, "{} {state}  ", stream.as_str());
    }
    let _ = writeln!(text, "· {:.0} ms", report.latency.as_secs_f64() * 1000.0);
    text
}

fn bar(share: f32) -> String {
    let full = (share.clamp(0.0, 1.0) * BAR as f32).round() as usize;
    format!("[{}{}]", "█".repeat(full), "·".repeat(BAR - full))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wok_core::cue::{Cause, Causes};
    use wok_core::verdict::CueKind;

    use super::*;
    use crate::sinks::testing::{bridge, scored, unscored};

    fn check(verdict: &Verdict, expected: &str) {
        let bridge = bridge();
        let report = Report {
            bridge: &bridge,
            verdict,
            seq: 0,
            time_ms: 0,
            latency: Duration::from_millis(42),
        };
        assert_eq!(line(&report), expected);
    }

    #[test]
    fn a_line_says_the_score_or_why_there_is_none() {
        check(
            &scored(61.5),
            "灶台  score 62 (42-82)  煸炒 sear  wall 212 °C  ",
        );
        check(&unscored(), "灶台  no score: blind  wall 212 °C  ");
    }

    #[test]
    fn a_panel_shows_every_aspect_and_stream() {
        let bridge = bridge();
        let verdict = scored(50.0);
        let report = Report {
            bridge: &bridge,
            verdict: &verdict,
            seq: 0,
            time_ms: 0,
            latency: Duration::from_millis(42),
        };
        let event = CueEvent {
            kind: CueKind::Bloom,
            id: 0,
            change: Change::New,
            confidence: 0.7,
            causes: Causes::default().with(Cause::Forecast),
            fired: verdict.end,
            expires: verdict.end,
        };
        let text = panel(&report, Some(&event));
        for part in [
            "50.0",
            "锅气",
            "专注",
            "audio ok",
            "thermal ok",
            "42 ms",
            "simulated",
            "► 爆香 bloom (70 %): 时机将到",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
}

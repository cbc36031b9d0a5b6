//! A WAV file as a microphone: played in real time by the daemon's clock, or as fast as it is taken.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

use hound::{SampleFormat, WavIntoSamples, WavReader, WavSpec};
use wok_core::config::Protocol;
use wok_core::time::HostTime;

use super::{Backoff, Equipment, Outlet, pcm};
use crate::config::reader::Table;

/// A WAV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file: integer PCM of 8 to 32 bits or 32-bit float.
    pub path: PathBuf,
    /// Begin again at its end.
    pub repeat: bool,
    /// In real time; otherwise as fast as it can be read, which only tests want.
    pub paced: bool,
}

type Reader = WavReader<BufReader<File>>;

fn open(path: &Path) -> io::Result<Reader> {
    WavReader::open(path).map_err(|error| {
        let shown = path.display();
        let kind = if let hound::Error::IoError(error) = &error {
            error.kind()
        } else {
            io::ErrorKind::InvalidData
        };
        let what = match kind {
            io::ErrorKind::NotFound => format!("{shown} is not there; name a WAV file"),
            _ => format!(
                "{shown} cannot be read as a WAV file ({error}); convert it, for example with `sox`"
            ),
        };
        io::Error::new(kind, what)
    })
}

/// Reads the section; rate and channels are the file's own, so the file is looked at.
pub(crate) fn read(table: &Table<'_>) -> Option<Equipment> {
    let path = table.path("path");
    let repeat = table.flag("repeat").unwrap_or(false);
    let paced = table.flag("paced").unwrap_or(true);
    let path = table.need("path", "name a WAV file", path)?;
    let spec = match open(&path.value) {
        Ok(reader) => reader.spec(),
        Err(error) => {
            let text = error.to_string();
            let (what, remedy) = text.split_once("; ").unwrap_or((&text, "name a WAV file"));
            table.problem(&path.at, what, remedy);
            return None;
        }
    };
    match protocol(spec) {
        Some(protocol) => Some(Equipment {
            protocol,
            source: super::Config::Wav(Config {
                path: path.value,
                repeat,
                paced,
            }),
        }),
        None => {
            let what = format!(
                "{} has {} Hz and {} channels",
                path.value.display(),
                spec.sample_rate,
                spec.channels
            );
            table.problem(
                &path.at,
                what,
                "convert it to 16000, 44100 or 48000 Hz and 1 to 8 channels",
            );
            None
        }
    }
}

/// How a file's samples come, where its rate and channels are among those that the daemon takes.
pub(crate) fn protocol(spec: WavSpec) -> Option<Protocol> {
    let channels = u8::try_from(spec.channels).ok()?;
    let known = (1..=8).contains(&channels) && pcm::RATES.contains(&i64::from(spec.sample_rate));
    known.then_some(Protocol::Pcm {
        rate_hz: spec.sample_rate,
        channels,
    })
}

pub(super) fn run(config: &Config, outlet: &Outlet) {
    let mut backoff = Backoff::new();
    loop {
        let reads = outlet.health.state().reads;
        let played = play(config, outlet);
        match played {
            Ok(()) if config.repeat && outlet.health.state().reads > reads => {
                backoff.reset();
                if !outlet.stop.is_stopped() {
                    continue;
                }
            }
            Ok(()) if config.repeat => outlet.down(&format!("{} is empty", config.path.display())),
            Ok(()) => {
                outlet.down(&format!("{} has ended", config.path.display()));
                return;
            }
            Err(error) => outlet.down(&error.to_string()),
        }
        if outlet.stop.wait(backoff.next()) {
            outlet.down("stopped");
            return;
        }
    }
}

/// Plays the file once.
fn play(config: &Config, outlet: &Outlet) -> io::Result<()> {
    let mut blocks = Blocks::open(&config.path)?;
    outlet.health.opened();
    let began = outlet.clock.now();
    let mut bytes = Vec::new();
    while let Some(nanos) = blocks.next(&mut bytes)? {
        if config.paced && !wait_until(outlet, began + nanos) {
            return Ok(());
        }
        if outlet.stop.is_stopped() {
            return Ok(());
        }
        outlet.push(outlet.clock.now(), &bytes);
    }
    Ok(())
}

/// Waits for an instant of the daemon's clock, which need not run at the pace of the machine's; false
/// when asked to stop.
fn wait_until(outlet: &Outlet, at: HostTime) -> bool {
    loop {
        let left = at - outlet.clock.now();
        if left <= 0 {
            return true;
        }
        let nap = Duration::from_nanos(left.unsigned_abs()).min(Duration::from_millis(20));
        if outlet.stop.wait(nap) {
            return false;
        }
    }
}

/// A block is 10 ms, as a sound card would give it.
const BLOCKS_A_SECOND: u32 = 100;

/// A file as the blocks of 16-bit PCM that a sound card would give.
pub(crate) struct Blocks {
    spec: WavSpec,
    samples: Samples,
    /// Frames given so far.
    frames: u64,
}

impl Blocks {
    /// Opens a file.
    ///
    /// # Errors
    /// When it is not there or no WAV file; the words say what to do.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let reader = open(path)?;
        Ok(Self {
            spec: reader.spec(),
            samples: Samples::of(reader),
            frames: 0,
        })
    }

    /// Rate and channels.
    pub(crate) fn spec(&self) -> WavSpec {
        self.spec
    }

    /// Puts the next block into `bytes` and gives its end, nanoseconds since the file's start; `None`
    /// at the file's end.
    ///
    /// # Errors
    /// When the file ends before its samples do.
    pub(crate) fn next(&mut self, bytes: &mut Vec<u8>) -> io::Result<Option<i64>> {
        bytes.clear();
        let channels = usize::from(self.spec.channels);
        let block = (self.spec.sample_rate / BLOCKS_A_SECOND).max(1) as usize;
        for sample in self.samples.by_ref().take(block * channels) {
            bytes.extend_from_slice(&sample.map_err(io::Error::other)?.to_le_bytes());
        }
        self.frames += (bytes.len() / 2 / channels) as u64;
        let nanos = self.frames * 1_000_000_000 / u64::from(self.spec.sample_rate);
        Ok((!bytes.is_empty()).then(|| i64::try_from(nanos).unwrap_or(i64::MAX)))
    }
}

/// The file's samples as 16 bits.
enum Samples {
    Float(WavIntoSamples<BufReader<File>, f32>),
    Integer(WavIntoSamples<BufReader<File>, i32>, u16),
}

impl Samples {
    fn of(reader: Reader) -> Self {
        let spec = reader.spec();
        match spec.sample_format {
            SampleFormat::Float => Self::Float(reader.into_samples()),
            SampleFormat::Int => Self::Integer(reader.into_samples(), spec.bits_per_sample),
        }
    }
}

impl Iterator for Samples {
    type Item = hound::Result<i16>;

    #[expect(
        clippy::cast_possible_truncation,
        reason = "clamped, or shifted to 16 bits"
    )]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Float(samples) => samples.next().map(|sample| {
                sample.map(|x| (x * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16)
            }),
            Self::Integer(samples, bits) => samples.next().map(|sample| {
                sample.map(|x| {
                    if *bits > 16 {
                        (x >> (*bits - 16)) as i16
                    } else {
                        (x << (16 - *bits)) as i16
                    }
                })
            }),
        }
    }
}

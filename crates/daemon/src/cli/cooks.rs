//! Many simulated cooks: which ones, by how many threads, and a folder with an index of what was written.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use wok_simulator::{Config, DISHES, Dish, Headset, Kitchen};

/// Which part of the data a cook belongs to. Every seed is a chef, a kitchen and devices of its own, so
/// a split by seeds is a split by all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Split {
    /// To learn from.
    Train,
    /// To choose by.
    Val,
    /// To widen the intervals by.
    Calibration,
    /// To report on, once.
    Test,
}

impl Split {
    /// Seeds between the first of one split and the first of the next.
    const SEEDS: u64 = 1_000_000;

    /// The name in an index.
    fn as_str(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Val => "val",
            Split::Calibration => "calibration",
            Split::Test => "test",
        }
    }

    fn seed(self, nth: u64) -> u64 {
        self as u64 * Self::SEEDS + nth
    }
}

/// Which cooks.
#[derive(Debug, clap::Args)]
#[group(id = "which_cooks")]
pub(super) struct Args {
    /// Folder for the cooks and their index.json; cooks that lie there already are kept
    #[arg(long)]
    pub(super) out: PathBuf,
    /// Cooks of each dish
    #[arg(long, default_value_t = 4)]
    pub(super) cooks: u64,
    /// Number of the first cook within its split
    #[arg(long, default_value_t = 1)]
    pub(super) first: u64,
    /// Which part of the data
    #[arg(long, value_enum, default_value = "train")]
    pub(super) split: Split,
    /// Only this dish; may be repeated
    #[arg(long, value_parser = super::dish)]
    pub(super) dish: Vec<Dish>,
    /// Another kitchen: burner, wok, room, noise, camera, other
    #[arg(long, value_parser = kitchen, default_value = "home")]
    pub(super) kitchen: Kitchen,
    /// Chili level, 0 to 5
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=5))]
    pub(super) chili: u8,
    /// Other devices and other noise at the same cooks: any number
    #[arg(long)]
    pub(super) devices: Option<u64>,
    /// Cores to work on
    #[arg(long, default_value_t = 1)]
    pub(super) threads: usize,
}

fn kitchen(name: &str) -> Result<Kitchen, String> {
    Kitchen::named(name).ok_or_else(|| {
        let words: Vec<_> = Kitchen::OTHERS.iter().map(|(word, _)| *word).collect();
        format!("no such kitchen; there are home, {}", words.join(", "))
    })
}

impl Args {
    /// What is other than plain, in words.
    pub(super) fn variant(&self) -> Vec<String> {
        let mut parts = Vec::new();
        parts.extend(self.devices.map(|n| format!("devices {n}")));
        parts.extend((self.chili > 0).then(|| format!("chili {}", self.chili)));
        let others = Kitchen::OTHERS.iter();
        parts.extend(
            others
                .filter(|(_, kitchen)| *kitchen == self.kitchen)
                .map(|(word, _)| format!("kitchen {word}")),
        );
        parts
    }

    /// The cooks in order: dish by dish within a seed, so that any prefix holds all dishes.
    fn configs(&self) -> Vec<Config> {
        let dishes: &[Dish] = if self.dish.is_empty() {
            &DISHES
        } else {
            &self.dish
        };
        (self.first..self.first + self.cooks)
            .flat_map(|nth| dishes.iter().map(move |dish| (nth, *dish)))
            .map(|(nth, dish)| {
                let seed = self.split.seed(nth);
                let mut config = Config::new(dish, seed);
                // Some kitchens have a one-channel headset, some have none.
                config.headset = match seed % 7 {
                    5 => Headset::ThinkGear,
                    6 => Headset::None,
                    _ => Headset::Cyton,
                };
                config.kitchen = self.kitchen;
                config.faults.chili = self.chili;
                // A number of the cook's own, so that two cooks never share their noise.
                config.devices = self.devices.map(|n| seed ^ ((n + 1) << 40));
                config
            })
            .collect()
    }

    /// Writes every cook that is not there yet: `write` gets a cook and its file and gives its row of
    /// the index, to which dish, seed, split and file name are added. The index is rewritten after each
    /// cook, so that an interrupted run goes on where it stopped. `abreast` cooks are worked on at a time.
    ///
    /// # Errors
    /// When the folder holds something of another kind, or as `write`.
    pub(super) fn each(
        &self,
        head: &Value,
        abreast: usize,
        write: impl Fn(&Config, &Path) -> io::Result<Value> + Sync,
    ) -> io::Result<()> {
        fs::create_dir_all(&self.out)?;
        let index = Index::open(&self.out, head)?;
        let configs: Vec<Config> = self
            .configs()
            .into_iter()
            .filter(|config| !index.has(config))
            .collect();
        let index = Mutex::new(index);
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} cooks, {eta} left {msg}");
        let bar = ProgressBar::new(configs.len() as u64)
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let work = || -> io::Result<()> {
            while !failed.load(Ordering::Relaxed) {
                let Some(config) = configs.get(next.fetch_add(1, Ordering::Relaxed)) else {
                    break;
                };
                let file = format!("{}-{:07}.safetensors", config.dish.id(), config.seed);
                let row = write(config, &self.out.join(&file))
                    .inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
                let mut index = index.lock().unwrap_or_else(PoisonError::into_inner);
                index.add(config, self.split, &file, row)?;
                bar.inc(1);
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..abreast.max(1)).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| {
                worker
                    .join()
                    .unwrap_or_else(|_| Err(io::Error::other("a worker panicked")))
            })
        })?;
        bar.finish();
        Ok(())
    }
}

/// What lies in a folder.
struct Index {
    path: PathBuf,
    head: Value,
    rows: Vec<Value>,
    there: HashSet<(String, u64)>,
}

impl Index {
    fn open(folder: &Path, head: &Value) -> io::Result<Self> {
        let path = folder.join("index.json");
        let mut rows = Vec::new();
        match fs::read(&path) {
            Ok(bytes) => {
                let mut found: Value = serde_json::from_slice(&bytes)?;
                if let Some(Value::Array(cooks)) =
                    found.as_object_mut().and_then(|o| o.remove("cooks"))
                {
                    rows = cooks;
                }
                if found != *head {
                    return Err(io::Error::other(format!(
                        "the folder holds cooks of another kind ({found}, not {head}); name another folder"
                    )));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let there = rows
            .iter()
            .filter_map(|row| Some((row["dish"].as_str()?.to_owned(), row["seed"].as_u64()?)))
            .collect();
        Ok(Self {
            path,
            head: head.clone(),
            rows,
            there,
        })
    }

    fn has(&self, config: &Config) -> bool {
        self.there
            .contains(&(config.dish.id().to_owned(), config.seed))
    }

    fn add(&mut self, config: &Config, split: Split, file: &str, mut row: Value) -> io::Result<()> {
        row["dish"] = json!(config.dish.id());
        row["seed"] = json!(config.seed);
        row["split"] = json!(split.as_str());
        row["file"] = json!(file);
        self.rows.push(row);
        let mut whole = self.head.clone();
        whole["cooks"] = json!(self.rows);
        let beside = self.path.with_extension("json.new");
        fs::write(&beside, serde_json::to_vec(&whole)?)?;
        fs::rename(beside, &self.path)
    }
}

//! Whether every stage still makes progress.
//!
//! A stage beats each time it comes round, with work or without; one that hangs in a call stops
//! beating, and then the watchdog is no longer told that all is well.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A stage's end.
#[derive(Debug, Clone, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// The stage came round.
    pub fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The watcher's end.
#[derive(Debug)]
pub struct Watch(Vec<(&'static str, Pulse, Option<u64>)>);

impl Watch {
    /// Watches these stages by name.
    #[must_use]
    pub fn new(stages: impl IntoIterator<Item = (&'static str, Pulse)>) -> Self {
        let stages = stages.into_iter();
        Self(stages.map(|(name, pulse)| (name, pulse, None)).collect())
    }

    /// The stages that have not come round since this was last asked; none at the first time.
    pub fn stalled(&mut self) -> Vec<&'static str> {
        let mut stalled = Vec::new();
        for (name, pulse, seen) in &mut self.0 {
            let now = pulse.0.load(Ordering::Relaxed);
            if seen.replace(now) == Some(now) {
                stalled.push(*name);
            }
        }
        stalled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_that_hangs_is_named() {
        let (model, outlets) = (Pulse::default(), Pulse::default());
        let mut watch = Watch::new([("model", model.clone()), ("outlets", outlets.clone())]);
        assert_eq!(watch.stalled(), [""; 0]);
        model.beat();
        assert_eq!(watch.stalled(), ["outlets"]);
        outlets.beat();
        assert_eq!(watch.stalled(), ["model"]);
        model.beat();
        outlets.beat();
        assert_eq!(watch.stalled(), [""; 0]);
    }
}

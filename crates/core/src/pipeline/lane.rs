//! One station's way from a closed hop to a verdict.

use std::collections::VecDeque;

use super::{Output, Step};
use crate::align::{Counts, Station};
use crate::config::{PipelineConfig, StationConfig};
use crate::crossmodal::Crossmodal;
use crate::cue::{Cues, Scene};
use crate::event::InferError;
use crate::features::{FeatureConfig, Features};
use crate::grid::Grid;
use crate::hop::Hop;
use crate::step::{StepInput, StepOutput};
use crate::time::HostTime;
use crate::verdict::{Account, DropReason, StreamKind, Unscored, Verdict};

pub(super) struct Lane {
    index: u16,
    pub(super) station: Station,
    pub(super) features: Features,
    pub(super) crossmodal: Crossmodal,
    hop: Box<Hop>,
    /// The hop whose step the model has.
    flying: Option<Pending>,
    /// The newest hop behind it; an older one that stood here was replaced.
    queued: Option<Pending>,
    last_step: Option<u64>,
    pub(super) cues: Cues,
    told: [Account; StreamKind::ALL.len()],
}

/// A closed hop without its verdict.
struct Pending {
    verdict: Box<Verdict>,
    counts: Counts,
    step: Option<Box<Step>>,
}

impl Lane {
    pub(super) fn new(
        index: u16,
        station: &StationConfig,
        config: &PipelineConfig,
        grid: Grid,
    ) -> Self {
        Self {
            index,
            station: Station::new(station, grid, config.lateness),
            features: Features::new(&FeatureConfig {
                mains_hz: config.mains_hz,
                recipe: station.recipe,
                mounting: station.mounting.clone(),
            }),
            crossmodal: Crossmodal::new(config.mains_hz),
            hop: Box::new(Hop::empty()),
            flying: None,
            queued: None,
            last_step: None,
            cues: Cues::new(station.recipe),
            told: Default::default(),
        }
    }

    /// The model's state is void: the next step starts it anew.
    pub(super) fn forget_model(&mut self) {
        self.last_step = None;
    }

    pub(super) fn close(
        &mut self,
        at: HostTime,
        shows_hop: bool,
        out: &mut VecDeque<Output>,
        spare: &mut Vec<Box<Step>>,
    ) {
        let counts = self.station.close(&mut self.hop);
        let hop = &*self.hop;
        if shows_hop {
            out.push_back(Output::Hop(self.index, self.hop.clone()));
        }
        let row = self.features.hop(hop);
        self.crossmodal.hop(hop, &row.input.mel);
        let quality = row.input.quality;
        let sees = [StreamKind::Audio, StreamKind::Thermal]
            .iter()
            .any(|s| quality[s.index()] > 0.0);
        let verdict = Box::new(Verdict {
            station: self.index,
            hop: hop.index,
            end: hop.start + crate::grid::HOP,
            closed: at,
            presence: [
                hop.eeg.presence,
                hop.audio.presence,
                hop.thermal.presence,
                if hop.aux.iter().any(Option::is_some) {
                    crate::hop::Presence::Present
                } else {
                    crate::hop::Presence::Absent
                },
            ],
            quality,
            measured: row.measured,
            outcome: Err(Unscored::Blind),
            cues: Default::default(),
        });
        let step = sees.then(|| {
            let mut step = spare.pop().unwrap_or_else(|| {
                Box::new(Step {
                    station: 0,
                    hop: 0,
                    input: StepInput::masked(),
                })
            });
            step.station = self.index;
            step.hop = hop.index;
            step.input.clone_from(row.input);
            step
        });
        if let Some(replaced) = self.queued.replace(Pending {
            verdict,
            counts,
            step,
        }) {
            self.settle(&replaced.counts, Some(DropReason::Overrun));
            let mut verdict = replaced.verdict;
            verdict.outcome = Err(Unscored::Overrun);
            self.give(verdict, out);
            spare.extend(replaced.step);
        }
        self.advance(out);
        self.tell(out);
    }

    /// The model answered for `hop`; an answer for another epoch's hop is not ours.
    pub(super) fn done(
        &mut self,
        hop: u64,
        result: Result<&StepOutput, InferError>,
        out: &mut VecDeque<Output>,
        spare: &mut Vec<Box<Step>>,
    ) {
        if self.flying.as_ref().is_none_or(|p| p.verdict.hop != hop) {
            return;
        }
        let Some(mut pending) = self.flying.take() else {
            return;
        };
        spare.extend(pending.step.take());
        pending.verdict.outcome = match result {
            Ok(output) if output.is_finite() => Ok(output.clone()),
            Ok(_) | Err(InferError::NotFinite) => Err(Unscored::NotFinite),
            Err(InferError::Failed) => Err(Unscored::InferenceFailed),
        };
        if pending.verdict.outcome.is_err() {
            self.forget_model();
        }
        self.settle(&pending.counts, None);
        self.give(pending.verdict, out);
        self.advance(out);
    }

    /// Hands a decided hop out, with what its words mean for the cues.
    fn give(&mut self, mut verdict: Box<Verdict>, out: &mut VecDeque<Output>) {
        let scene = match (&verdict.outcome, verdict.phase()) {
            (Ok(output), Some((phase, _))) => Some(Scene {
                hazard: &output.hazard,
                phase,
                measured: &verdict.measured,
                quality: &verdict.quality,
            }),
            _ => None,
        };
        verdict.cues = self.cues.hop(verdict.end, scene.as_ref());
        out.push_back(Output::Verdict(verdict));
    }

    /// Sends the queued hop on its way when the model is free.
    fn advance(&mut self, out: &mut VecDeque<Output>) {
        if self.flying.is_some() {
            return;
        }
        let Some(mut pending) = self.queued.take() else {
            return;
        };
        match pending.step.take() {
            Some(mut step) => {
                step.input.hops = [self.last_step.map_or(1.0, |last| (step.hop - last) as f32)];
                step.input.reset = [if self.last_step.is_none() { 1.0 } else { 0.0 }];
                self.last_step = Some(step.hop);
                self.flying = Some(pending);
                out.push_back(Output::Infer(step));
            }
            None => {
                self.settle(&pending.counts, None);
                self.give(pending.verdict, out);
            }
        }
    }

    /// Books the samples of a hop: as used, or as dropped.
    fn settle(&mut self, counts: &Counts, dropped: Option<DropReason>) {
        for stream in StreamKind::ALL {
            if let Some(account) = self.station.account_mut(stream) {
                match dropped {
                    Some(reason) => account.drop_samples(reason, counts[stream.index()]),
                    None => account.used += counts[stream.index()],
                }
            }
        }
    }

    /// Tells what was dropped since the last hop.
    fn tell(&mut self, out: &mut VecDeque<Output>) {
        for stream in StreamKind::ALL {
            let Some((now, _)) = self.station.account(stream) else {
                continue;
            };
            let before = core::mem::replace(&mut self.told[stream.index()], now);
            for reason in DropReason::ALL {
                let samples = now.dropped[reason as usize] - before.dropped[reason as usize];
                if samples > 0 {
                    out.push_back(Output::Dropped {
                        station: self.index,
                        stream,
                        reason,
                        samples,
                    });
                }
            }
        }
    }

    pub(super) fn account(&self, stream: StreamKind) -> Option<(Account, u64)> {
        let (account, waiting) = self.station.account(stream)?;
        let held = [&self.flying, &self.queued]
            .into_iter()
            .flatten()
            .map(|p| p.counts[stream.index()]);
        Some((account, waiting + held.sum::<u64>()))
    }
}

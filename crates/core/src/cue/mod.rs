//! What to do now: hazards become cue events.
//!
//! The model says for each cue how likely its crossing comes within the next five seconds, the [`LEAD`] and one that firing takes, or has
//! come and nobody has acted. A cue fires when that stays high, stands until the cook acts, the chance is gone or its sensors go blind, and rests for a
//! while. The moment a cue means is its firing plus [`LEAD`].

mod cause;
mod rule;

pub use cause::{Cause, Causes};
pub use rule::{RULES, Rule};

use crate::recipe::Recipe;
use crate::step::CUES;
use crate::time::{HostTime, MS, SECOND};
use crate::verdict::{CueKind, Measured, Phase, StreamKind};

/// How far ahead of its crossing a cue fires: time for hands to follow (design choice: 3–5 s).
pub const LEAD: i64 = 4 * SECOND;
/// A cue ends when the streams that it needs have been blind for this long.
const BLIND: i64 = SECOND;
/// Least quality of a stream to go by.
const LEAST_QUALITY: f32 = 0.2;
/// Another phase must be the likeliest for this long before the cook is held to have acted.
const ACTED: i64 = 600 * MS;
/// A standing cue is told anew at most this often, and when its confidence changed by this much.
const UPDATE_EVERY: i64 = SECOND;
const UPDATE_BY: f32 = 0.05;

/// What became of a cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// It fired.
    New,
    /// Its confidence changed.
    Update,
    /// The cook acted, its chance is gone, or its sensors went blind.
    End,
}

impl Change {
    /// The name in topics, metrics and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Update => "update",
            Self::End => "end",
        }
    }
}

/// A turn in the life of a cue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CueEvent {
    /// What to do.
    pub kind: CueKind,
    /// Rises by one with every cue of the station in an epoch.
    pub id: u32,
    /// What became of it.
    pub change: Change,
    /// The chance that it goes by, 0–1.
    pub confidence: f32,
    /// Why, as far as it was measured.
    pub causes: Causes,
    /// When it fired.
    pub fired: HostTime,
    /// After this it is no longer worth delivering.
    pub expires: HostTime,
}

/// What a scored hop gives to go by.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// By [`CueKind`]: chance that the crossing comes within [`LEAD`] or has come, 0–1.
    pub hazard: &'a [f32; CUES],
    /// The likeliest phase.
    pub phase: Phase,
    /// What was measured.
    pub measured: &'a Measured,
    /// Of each stream, 0–1.
    pub quality: &'a [f32; StreamKind::ALL.len()],
}

/// The cues of one station.
#[derive(Debug, Clone)]
pub struct Cues {
    recipe: Recipe,
    lanes: [Lane; CUES],
    next_id: u32,
    phase: Option<(Phase, HostTime)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Lane {
    standing: Option<Standing>,
    /// Hops in a row above the rule's `on`, or below its `off` while a cue stands.
    run: u8,
    /// Rests until then.
    rests: Option<HostTime>,
    /// When it last had a hop to go by.
    seen: Option<HostTime>,
    /// What stands belongs to a cook that is over.
    over: bool,
}

#[derive(Debug, Clone, Copy)]
struct Standing {
    id: u32,
    fired: HostTime,
    expires: HostTime,
    phase: Phase,
    causes: Causes,
    told: (HostTime, f32),
    /// Since when another phase was the likeliest.
    moved: Option<HostTime>,
}

impl Cues {
    /// No cue yet.
    #[must_use]
    pub fn new(recipe: Recipe) -> Self {
        Self {
            recipe,
            lanes: [Lane::default(); CUES],
            next_id: 0,
            phase: None,
        }
    }

    /// Sets what is cooked.
    pub fn set_recipe(&mut self, recipe: &Recipe) {
        self.recipe = *recipe;
    }

    /// A new cook: what stands ends with its next hop, and ids go on.
    pub fn reset(&mut self) {
        let lanes = self.lanes.map(|lane| Lane {
            standing: lane.standing,
            over: lane.standing.is_some(),
            ..Lane::default()
        });
        *self = Self {
            next_id: self.next_id,
            lanes,
            ..Self::new(self.recipe)
        };
    }

    /// Takes a hop that ended at `end` in, `None` where it has no score, and says what changed.
    pub fn hop(&mut self, end: HostTime, scene: Option<&Scene<'_>>) -> [Option<CueEvent>; CUES] {
        let mut events = [None; CUES];
        if let Some(scene) = scene
            && self.phase.is_none_or(|(phase, _)| phase != scene.phase)
        {
            self.phase = Some((scene.phase, end));
        }
        let since = self.phase.map_or(0, |(_, began)| end - began);
        for (rule, (lane, event)) in RULES.iter().zip(self.lanes.iter_mut().zip(&mut events)) {
            if std::mem::take(&mut lane.over) {
                *event = lane.end(rule, end);
                lane.rests = None;
                continue;
            }
            // A short gap is lived through; after a longer one the hops before it say nothing.
            let blind = lane.seen.is_none_or(|seen| end - seen > BLIND);
            if blind {
                lane.run = 0;
            }
            let Some(scene) = scene.filter(|scene| rule.sees(scene)) else {
                if blind {
                    *event = lane.end(rule, end);
                }
                continue;
            };
            lane.seen = Some(end);
            let chance = scene.hazard[rule.kind.index()];
            let chance = if chance.is_finite() {
                chance.clamp(0.0, 1.0)
            } else {
                0.0
            };
            *event = if lane.standing.is_some() {
                lane.stand(rule, end, chance, scene.phase)
            } else if lane.rises(rule, end, chance, scene.phase) {
                let causes = cause::of(rule.kind, scene, since, &self.recipe);
                let id = self.next_id;
                self.next_id = self.next_id.wrapping_add(1);
                Some(lane.fire(rule, id, end, chance, scene.phase, causes))
            } else {
                None
            };
        }
        events
    }
}

impl Lane {
    fn rises(&mut self, rule: &Rule, end: HostTime, chance: f32, phase: Phase) -> bool {
        let able = !rule.never.contains(&phase) && self.rests.is_none_or(|until| end >= until);
        self.run = if able && chance >= rule.on {
            self.run.saturating_add(1)
        } else {
            0
        };
        self.run >= rule.hops
    }

    fn fire(
        &mut self,
        rule: &Rule,
        id: u32,
        end: HostTime,
        chance: f32,
        phase: Phase,
        causes: Causes,
    ) -> CueEvent {
        let standing = Standing {
            id,
            fired: end,
            expires: end + rule.lasts(),
            phase,
            causes,
            told: (end, chance),
            moved: None,
        };
        self.standing = Some(standing);
        self.run = 0;
        standing.event(rule, end, Change::New)
    }

    /// A hop in the life of a standing cue.
    fn stand(&mut self, rule: &Rule, end: HostTime, chance: f32, phase: Phase) -> Option<CueEvent> {
        let standing = self.standing.as_mut()?;
        standing.moved = (phase != standing.phase).then(|| standing.moved.unwrap_or(end));
        let acted = standing.moved.is_some_and(|since| end - since >= ACTED);
        self.run = if chance < rule.off {
            self.run.saturating_add(1)
        } else {
            0
        };
        // Within the lead the crossing is still to come, however the chance flickers.
        let faded = self.run >= rule.hops && end - standing.fired > LEAD;
        // Past its time it stands only as long as it would fire again, and says so.
        let due = end >= standing.expires;
        if acted || faded || (due && chance < rule.on) {
            return self.end(rule, end);
        }
        if due {
            standing.expires = end + rule.lasts();
            standing.told = (end, chance);
            return Some(standing.event(rule, end, Change::Update));
        }
        let (told, before) = standing.told;
        if end - told >= UPDATE_EVERY && (chance - before).abs() >= UPDATE_BY {
            standing.told = (end, chance);
            return Some(standing.event(rule, end, Change::Update));
        }
        None
    }

    fn end(&mut self, rule: &Rule, end: HostTime) -> Option<CueEvent> {
        let standing = self.standing.take()?;
        self.run = 0;
        self.rests = Some(end + rule.rest);
        Some(standing.event(rule, end, Change::End))
    }
}

impl Standing {
    fn event(&self, rule: &Rule, now: HostTime, change: Change) -> CueEvent {
        CueEvent {
            kind: rule.kind,
            id: self.id,
            change,
            confidence: self.told.1,
            causes: self.causes,
            fired: self.fired,
            expires: self.expires.max(now),
        }
    }
}

#[cfg(test)]
mod tests;

//! Why a cue fired, in words for people: only what was measured or timed is given as a cause.

use super::Scene;
use crate::recipe::{Recipe, Target};
use crate::time::SECOND;
use crate::verdict::{CueKind, Phase};

/// One reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Cause {
    /// The model forecasts the crossing.
    Forecast,
    /// The wall is as hot as the recipe wants the oil, or hotter.
    HotEnough,
    /// The phase has lasted as long as the recipe says.
    LongEnough,
    /// The wok is being tossed.
    Tossing,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Forecast,
        Self::HotEnough,
        Self::LongEnough,
        Self::Tossing,
    ];

    /// The name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forecast => "forecast",
            Self::HotEnough => "hot_enough",
            Self::LongEnough => "long_enough",
            Self::Tossing => "tossing",
        }
    }

    /// In English.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::Forecast => "the moment is about to come",
            Self::HotEnough => "the wok is hot enough",
            Self::LongEnough => "it has cooked as long as the recipe says",
            Self::Tossing => "the wok is being tossed",
        }
    }

    /// In Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Forecast => "时机将到",
            Self::HotEnough => "锅温已够",
            Self::LongEnough => "时间已到",
            Self::Tossing => "正在颠锅",
        }
    }
}

/// A set of causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Causes(u8);

impl Causes {
    /// With one more.
    #[must_use]
    pub const fn with(self, cause: Cause) -> Self {
        Self(self.0 | 1 << cause as u8)
    }

    /// Those in it, in order.
    pub fn iter(self) -> impl Iterator<Item = Cause> {
        Cause::ALL
            .into_iter()
            .filter(move |cause| self.0 & (1 << *cause as u8) != 0)
    }

    /// As a number, for canonical bytes.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }
}

/// The causes of a cue that fires in `scene`, in a phase that has lasted `since` nanoseconds.
pub(super) fn of(kind: CueKind, scene: &Scene<'_>, since: i64, recipe: &Recipe) -> Causes {
    let mut causes = Causes::default().with(Cause::Forecast);
    let low = |target| recipe.target(target).map(|(low, _)| low);
    let wall = scene.measured.wall_celsius;
    if kind == CueKind::Bloom
        && let (Some(wall), Some(wanted)) = (wall, low(Target::BloomOil))
        && wall >= wanted
    {
        causes = causes.with(Cause::HotEnough);
    }
    let lasts = match scene.phase {
        Phase::Sear => low(Target::SearSeconds),
        Phase::Simmer => low(Target::SimmerSeconds),
        Phase::Reduce => low(Target::ReduceSeconds),
        Phase::Preheat | Phase::Bloom | Phase::Off => None,
    };
    if lasts.is_some_and(|seconds| since as f64 >= f64::from(seconds) * SECOND as f64) {
        causes = causes.with(Cause::LongEnough);
    }
    if scene.measured.toss_hz.is_some_and(|hz| hz > 0.0) {
        causes = causes.with(Cause::Tossing);
    }
    causes
}

//! The wok-hei index: hot-surface renewal in numbers. No study validates thermal-image wok hei; the
//! index is a designed quantity and says so wherever it is shown.

/// Hops of the window over which the excess heat is summed: 60 s.
const HOPS: usize = 300;
/// Length of a hop in seconds.
const HOP_SECONDS: f32 = 0.2;

/// Temperature above which the wall makes smoke and aroma, °C: the lower smoke points of cooking
/// oils and lard begin at 190 °C.
pub const SMOKE_CELSIUS: f32 = 190.0;

/// Offset and weights of the logistic (design choice): E and the toss carry most, wetness takes away.
const B: [f32; 6] = [-1.0, 1.2, 0.8, 1.0, 0.3, 1.2];

/// Centre and scale of each term, so that z is about ±1 over an ordinary stir-fry: E in K·s, TI, C,
/// √G in K per pixel, W (design choice, by the simulated gong bao and tomato-egg).
const CENTRE: [f32; 5] = [900.0, 0.06, 0.3, 15.0, 0.25];
const SPREAD: [f32; 5] = [900.0, 0.05, 0.3, 10.0, 0.25];

/// The terms of one hop.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Terms {
    /// Mean over the cooking zone of the excess over [`SMOKE_CELSIUS`], K.
    pub excess_kelvin: f32,
    /// TI, thermal turbulence, 1.
    pub turbulence: f32,
    /// C, toss coherence, 0–1.
    pub coherence: f32,
    /// G, mean squared gradient, K² per pixel².
    pub gradient: f32,
    /// W, share of the wok pinned at boiling, 0–1.
    pub wet: f32,
}

/// The index with its memory of the last minute.
#[derive(Debug, Clone)]
pub struct WokHei {
    /// `None` where the wok was not seen.
    excess: [Option<f32>; HOPS],
    next: usize,
}

impl Default for WokHei {
    fn default() -> Self {
        Self {
            excess: [Some(0.0); HOPS],
            next: 0,
        }
    }
}

impl WokHei {
    /// Forgets everything.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// A hop in which the wok was not seen.
    pub fn skip(&mut self) {
        self.push(None);
    }

    /// WHI = 100 · logistic(b₀ + b₁zE + b₂zTI + b₃zC + b₄zG − b₅zW) after one more hop, with E the
    /// excess heat of the last 60 s in K·s and every z clamped to ±3. Hops in which the wok was not seen
    /// count as the mean of those in which it was; `None` when it was seen in less than half of them.
    pub fn hop(&mut self, terms: &Terms) -> Option<f32> {
        let excess = terms.excess_kelvin;
        self.push(Some(if excess.is_finite() {
            excess.max(0.0)
        } else {
            0.0
        }));
        let seen = self.excess.iter().flatten().count();
        if 2 * seen < HOPS {
            return None;
        }
        let sum = self.excess.iter().flatten().sum::<f32>();
        let heat = sum * HOP_SECONDS * HOPS as f32 / seen as f32;
        let values = [
            heat,
            terms.turbulence,
            terms.coherence,
            terms.gradient.max(0.0).sqrt(),
            terms.wet,
        ];
        let z: [f32; 5] =
            core::array::from_fn(|i| ((values[i] - CENTRE[i]) / SPREAD[i]).clamp(-3.0, 3.0));
        let logit = B[0] + B[1] * z[0] + B[2] * z[1] + B[3] * z[2] + B[4] * z[3] - B[5] * z[4];
        Some(100.0 / (1.0 + (-logit).exp()))
    }

    fn push(&mut self, excess: Option<f32>) {
        self.excess[self.next] = excess;
        self.next = (self.next + 1) % HOPS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after_a_minute(terms: Terms) -> f32 {
        let mut wok_hei = WokHei::default();
        let last = (0..HOPS).map(|_| wok_hei.hop(&terms)).last();
        last.expect("hops").expect("seen")
    }

    #[test]
    fn a_stir_fry_has_it_and_a_stew_has_not() {
        let fry = Terms {
            excess_kelvin: 30.0,
            turbulence: 0.12,
            coherence: 0.7,
            gradient: 400.0,
            wet: 0.1,
        };
        let stew = Terms {
            excess_kelvin: 0.0,
            turbulence: 0.02,
            coherence: 0.0,
            gradient: 25.0,
            wet: 0.7,
        };
        let still = Terms {
            coherence: 0.0,
            turbulence: 0.0,
            ..fry
        };
        let (fry, stew, still) = (
            after_a_minute(fry),
            after_a_minute(stew),
            after_a_minute(still),
        );
        assert!(
            fry > 90.0 && stew < 5.0 && still < fry - 5.0,
            "{fry} {stew} {still}"
        );
    }

    #[test]
    fn every_term_pulls_its_way() {
        let base = Terms {
            excess_kelvin: 15.0,
            turbulence: 0.06,
            coherence: 0.3,
            gradient: 225.0,
            wet: 0.25,
        };
        let middle = after_a_minute(base);
        for (name, terms, up) in [
            (
                "heat",
                Terms {
                    excess_kelvin: 20.0,
                    ..base
                },
                true,
            ),
            (
                "turbulence",
                Terms {
                    turbulence: 0.1,
                    ..base
                },
                true,
            ),
            (
                "toss",
                Terms {
                    coherence: 0.6,
                    ..base
                },
                true,
            ),
            (
                "gradient",
                Terms {
                    gradient: 500.0,
                    ..base
                },
                true,
            ),
            ("wet", Terms { wet: 0.5, ..base }, false),
        ] {
            let got = after_a_minute(terms);
            assert_eq!(got > middle + 0.1, up, "{name}: {got} against {middle}");
            assert_eq!(got < middle - 0.1, !up, "{name}: {got} against {middle}");
        }
    }

    #[test]
    fn the_minute_is_forgotten_after_a_minute() {
        let mut wok_hei = WokHei::default();
        let cold = wok_hei.hop(&Terms::default());
        (0..20).for_each(|_| {
            wok_hei.hop(&Terms {
                excess_kelvin: 80.0,
                ..Terms::default()
            });
        });
        let after = wok_hei.hop(&Terms::default());
        assert!(after > cold);
        // Fog for less than half a minute neither cools nor heats; after that nobody can say.
        (0..HOPS / 2 - 30).for_each(|_| wok_hei.skip());
        assert!(wok_hei.hop(&Terms::default()) > after);
        (0..40).for_each(|_| wok_hei.skip());
        assert_eq!(wok_hei.hop(&Terms::default()), None);
        let again = (0..=HOPS).map(|_| wok_hei.hop(&Terms::default())).last();
        assert_eq!(again, Some(cold));
    }
}

//! Tosses by eye: the picture's centre of heat sways.

use std::collections::VecDeque;

use super::edges::{Edges, LAGS, lag_of};
use super::{Bout, MEMORY};
use crate::dsp::thermal::centre_of_heat;
use crate::hop::{Presence, ThermalHop};
use crate::step::THERMAL_PIXELS;
use crate::time::HostTime;

/// Pictures remembered: 25 a second.
const PICTURES: usize = (MEMORY * 25.0) as usize;
/// Row, column, mean.
const SERIES: usize = 3;
/// Fewest pictures of a bout that show a phase.
const LEAST: usize = 6;
/// Pictures further apart than this share of a toss show no phase to trust: a sensor that refreshes half of
/// its chessboard at a time shows the sway upside down from a half on.
const SLOWEST: f64 = 0.45;
/// A bout's phase counts for no more than this log-likelihood: what makes it exact is that bouts agree.
const MOST: f64 = 30.0;
/// The most that two pictures say of whether something moves: enough of them to tell which end of the
/// sway is which, too little to move the phase.
const TRUST: f32 = 3.0;
/// What the mean temperature of a bout says at most of which end of the sway is which.
const COOLEST: f64 = 4.0;
/// Pictures further apart than this are no movement, seconds.
const APART: f64 = 0.6;

/// One picture's centre of heat.
#[derive(Debug, Clone, Copy)]
struct Picture {
    at: f64,
    /// Row and column of the centre of heat, and the mean temperature, °C.
    shows: [f32; SERIES],
}

/// The centres of heat of the last half minute.
#[derive(Debug)]
pub(super) struct Sway {
    pictures: VecDeque<Picture>,
}

impl Sway {
    pub(super) fn new() -> Self {
        Self {
            pictures: VecDeque::with_capacity(PICTURES + 1),
        }
    }

    /// Takes the pictures of a hop in that begins at `host`, `start` seconds since the grid opened.
    pub(super) fn hop(&mut self, start: f64, host: HostTime, hop: &ThermalHop) {
        if hop.held || matches!(hop.presence, Presence::Absent | Presence::Missing) {
            return;
        }
        for frame in &hop.frames {
            let [row, column] = centre_of_heat(&frame.celsius);
            let at = start + (frame.at - host) as f64 * 1e-9;
            let mean = frame.celsius.iter().sum::<f32>() / THERMAL_PIXELS as f32;
            let shows = [row, column, mean];
            let later = self.pictures.back().is_none_or(|p| p.at < at);
            if later && shows.iter().all(|x| x.is_finite()) {
                if self.pictures.len() == PICTURES {
                    self.pictures.pop_front();
                }
                self.pictures.push_back(Picture { at, shows });
            }
        }
    }

    /// How much moved from picture to picture between two times, seconds since the grid opened.
    pub(super) fn around(&self, (from, to): (f64, f64), edges: &mut Edges) {
        let pairs = self.pictures.iter().zip(self.pictures.iter().skip(1));
        for (a, b) in pairs.filter(|(a, b)| a.at >= from && b.at < to && b.at - a.at < APART) {
            let [dr, dc, _] = core::array::from_fn(|i| b.shows[i] - a.shows[i]);
            edges.push((a.at + b.at) / 2.0, dr * dr + dc * dc);
        }
        // Rows and columns.
        edges.freedom = 2.0;
        edges.trust = TRUST;
        edges.loud = None;
    }

    /// Adds the log-likelihood of every lag by the phase of the sway, where the bout lies `lag` later in
    /// the pictures: one sine of the bout's own period by least squares through rows and columns.
    ///
    /// Which way the camera hangs is not known, nor which end of the sway is which: the phase counts
    /// twice a cycle. Which end it is, is said to `ends`, as far as the pictures tell: by when the sway
    /// began and ended, and by when the picture was coolest.
    pub(super) fn phase(
        &self,
        bout: &Bout,
        lag: f64,
        edges: &mut Edges,
        ends: &mut [f32; LAGS],
        sum: &mut [f32; LAGS],
    ) -> bool {
        let turn = core::f64::consts::TAU / bout.period;
        let (from, to) = (bout.start + lag + 0.2, bout.end() + lag);
        let inside = || self.pictures.iter().filter(|p| p.at > from && p.at < to);
        let n = inside().count();
        if n < LEAST {
            return false;
        }
        let first = inside().next().map_or(from, |p| p.at);
        let apart = inside().next_back().map_or(to, |p| p.at) - first;
        if apart > SLOWEST * bout.period * (n - 1) as f64 {
            return false;
        }
        // Normal equations of [cos, sin, 1, t].
        let mut normal = [[0.0f64; 4]; 4];
        let mut right = [[0.0f64; 4]; SERIES];
        let middle = (from + to) / 2.0;
        let base = |p: &Picture| {
            let (s, c) = (turn * (p.at - bout.start)).sin_cos();
            [c, s, 1.0, p.at - middle]
        };
        for picture in inside() {
            let x = base(picture);
            for i in 0..4 {
                for j in 0..4 {
                    normal[i][j] += x[i] * x[j];
                }
                for (right, y) in right.iter_mut().zip(picture.shows) {
                    right[i] += x[i] * f64::from(y);
                }
            }
        }
        let Some([rows, columns, means]) = solve(normal, right) else {
            return false;
        };
        let mut rest = [0.0; SERIES];
        for picture in inside() {
            let x = base(picture);
            for (i, fit) in [&rows, &columns, &means].into_iter().enumerate() {
                let sine: f64 = x.iter().zip(fit).map(|(x, c)| x * c).sum();
                rest[i] += (f64::from(picture.shows[i]) - sine).powi(2);
            }
        }
        let free = (n as f64 - 4.0).max(1.0);
        let variance = (rest[0] + rest[1]) / (2.0 * free) + 1e-6;
        // With the sine or without it: what each picture says of whether the wok sways.
        edges.clear();
        let (first, last) = Edges::span(bout.start, bout.end());
        for picture in self
            .pictures
            .iter()
            .filter(|p| p.at >= first && p.at < last)
        {
            let (s, c) = (turn * (picture.at - bout.start)).sin_cos();
            let of = |fit: &[f64; 4], y: f32| {
                let (sway, rest) = (fit[0] * c + fit[1] * s, f64::from(y) - fit[2]);
                (rest * rest - (rest - sway) * (rest - sway)) / (2.0 * variance)
            };
            let says = of(&rows, picture.shows[0]) + of(&columns, picture.shows[1]);
            edges.push(picture.at, (says as f32).clamp(-TRUST, TRUST));
        }
        edges.slide(bout, ends);
        // Food is cooler than the wall: the picture is coolest where most food lies in view.
        let size = means[0].hypot(means[1]);
        let weight = n as f64 * size * size / (4.0 * (rest[2] / free + 1e-3));
        let (weight, phase) = (weight.min(COOLEST), (-means[1]).atan2(-means[0]));
        for (i, ends) in ends.iter_mut().enumerate() {
            *ends += (weight * (turn * lag_of(i) - phase).cos()) as f32;
        }
        // (a + ib)² of both add where they sway together, whatever their signs.
        let square = |c: &[f64; 4]| (c[0] * c[0] - c[1] * c[1], 2.0 * c[0] * c[1]);
        let ((a, b), (c, d)) = (square(&rows), square(&columns));
        let (real, imaginary) = (a + c, b + d);
        let size = real.hypot(imaginary);
        let weight = (n as f64 * size / (4.0 * variance)).min(MOST);
        let phase = imaginary.atan2(real);
        for (i, sum) in sum.iter_mut().enumerate() {
            *sum += (weight * (2.0 * turn * lag_of(i) - phase).cos()) as f32;
        }
        true
    }
}

/// Solves the normal equations for all right-hand sides by elimination; `None` where they are singular.
fn solve(mut m: [[f64; 4]; 4], mut r: [[f64; 4]; SERIES]) -> Option<[[f64; 4]; SERIES]> {
    for i in 0..4 {
        if m[i][i] < 1e-3 {
            return None;
        }
        for j in i + 1..4 {
            let f = m[j][i] / m[i][i];
            for k in i..4 {
                m[j][k] -= f * m[i][k];
            }
            for side in &mut r {
                side[j] -= f * side[i];
            }
        }
    }
    for side in &mut r {
        for i in (0..4).rev() {
            let known: f64 = (i + 1..4).map(|k| m[i][k] * side[k]).sum();
            side[i] = (side[i] - known) / m[i][i];
        }
    }
    Some(r)
}

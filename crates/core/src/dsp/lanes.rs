//! Sums in eight lanes. The order of the additions is fixed, so that a result does not depend on what
//! the compiler makes of it, and eight of them run at once.

/// Lanes of a sum.
pub(crate) const LANES: usize = 8;

fn fold(lanes: [f32; LANES]) -> f32 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (b + f)) + ((c + g) + (d + h))
}

/// Σ xᵢ yᵢ over the shorter of the two.
pub(crate) fn dot(x: &[f32], y: &[f32]) -> f32 {
    let n = x.len().min(y.len());
    let (x, y) = (&x[..n], &y[..n]);
    let mut lanes = [0.0; LANES];
    let (xs, ys) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
    let rest: f32 = xs
        .remainder()
        .iter()
        .zip(ys.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in xs.zip(ys) {
        for i in 0..LANES {
            lanes[i] += a[i] * b[i];
        }
    }
    fold(lanes) + rest
}

/// Σ xᵢ.
pub(crate) fn sum(x: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let chunks = x.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().sum();
    for chunk in chunks {
        for i in 0..LANES {
            lanes[i] += chunk[i];
        }
    }
    fold(lanes) + rest
}

/// Smallest and largest; (∞, −∞) of nothing. NaN is passed over.
pub(crate) fn range(x: &[f32]) -> (f32, f32) {
    let (mut low, mut high) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
    let chunks = x.chunks_exact(LANES);
    for (i, v) in chunks.remainder().iter().enumerate() {
        low[i] = if *v < low[i] { *v } else { low[i] };
        high[i] = if *v > high[i] { *v } else { high[i] };
    }
    for chunk in chunks {
        for i in 0..LANES {
            low[i] = if chunk[i] < low[i] { chunk[i] } else { low[i] };
            high[i] = if chunk[i] > high[i] {
                chunk[i]
            } else {
                high[i]
            };
        }
    }
    let low = low.into_iter().fold(f32::INFINITY, f32::min);
    (low, high.into_iter().fold(f32::NEG_INFINITY, f32::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_sums_at_every_length() {
        for n in [0usize, 1, 7, 8, 9, 64, 100] {
            let x: Vec<f32> = (0..n).map(|i| i as f32).collect();
            let ones = vec![1.0; n + 3];
            let expect = (n * n.saturating_sub(1) / 2) as f32;
            assert_eq!((sum(&x), dot(&x, &ones)), (expect, expect), "{n}");
        }
    }

    #[test]
    fn the_range_passes_over_nan() {
        for (x, expect) in [
            (vec![], (f32::INFINITY, f32::NEG_INFINITY)),
            (vec![2.0], (2.0, 2.0)),
            (vec![f32::NAN, 3.0, -1.0], (-1.0, 3.0)),
            ((0..20).map(|i| i as f32).collect(), (0.0, 19.0)),
        ] {
            assert_eq!(range(&x), expect, "{x:?}");
        }
    }
}

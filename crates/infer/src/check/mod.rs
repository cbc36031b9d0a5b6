//! Holding a loaded model to the [`crate::contract`]: all that differs is named at once.

mod difference;

use crate::contract::{
    CONTRACT, CONTRACT_KEY, Dim, Dtype, FEATURE_KEY, INPUTS, MAX_STATE, OUTPUTS, STATE, Tensor,
};

pub(crate) use difference::Declared;
pub use difference::Difference;

/// What a model says about itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Declaration {
    /// Inputs in the model's order.
    pub inputs: Vec<Declared>,
    /// Outputs in the model's order.
    pub outputs: Vec<Declared>,
    /// Value of the metadata key `contract`.
    pub contract: Option<String>,
    /// Value of the metadata key `feature_id`.
    pub feature_id: Option<String>,
    /// Value of the metadata key `edition`.
    pub edition: Option<String>,
}

/// Where a part of the state stands in the model, and its inner dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartShape {
    pub(crate) dims: Vec<usize>,
    pub(crate) dtype: Dtype,
}

impl PartShape {
    /// Numbers of one station.
    pub(crate) fn numbers(&self) -> usize {
        self.dims.iter().product()
    }
}

/// Compares a model with the contract and with the features that this binary makes.
///
/// Returns the shape of each part of [`STATE`], in that order.
///
/// # Errors
/// Every difference found, never an empty list.
pub(crate) fn check(
    model: &Declaration,
    feature_id: &str,
) -> Result<Vec<PartShape>, Vec<Difference>> {
    let mut differences = Vec::new();
    for (key, expected, found) in [
        (CONTRACT_KEY, CONTRACT, &model.contract),
        (FEATURE_KEY, feature_id, &model.feature_id),
    ] {
        if found.as_deref() != Some(expected) {
            let (expected, found) = (expected.to_owned(), found.clone());
            differences.push(Difference::Metadata {
                key,
                expected,
                found,
            });
        }
    }

    let find = |side: &[Declared], name: &str| side.iter().find(|d| d.name == name).cloned();
    for input in &INPUTS {
        let found = find(&model.inputs, input.tensor.name);
        differences.extend(compare("input", &input.tensor, found.as_ref(), false));
    }
    let mut parts = Vec::with_capacity(STATE.len());
    for part in &STATE {
        let found = find(&model.inputs, part.tensor.name);
        let difference = compare("input", &part.tensor, found.as_ref(), false);
        let next = find(&model.outputs, part.next);
        let own = Tensor {
            name: part.next,
            ..part.tensor
        };
        if let (None, Some(found)) = (&difference, found) {
            let dims: Vec<usize> = found.dims[1..].iter().copied().flatten().collect();
            let next_difference = compare("output", &own, next.as_ref(), true);
            // An inner size that is the model's own has to be the same on both sides.
            let same = next.as_ref().is_none_or(|n| agree(&n.dims, &found.dims));
            if next_difference.is_none() && !same {
                differences.push(Difference::Shape {
                    side: "output",
                    name: part.next.to_owned(),
                    expected: format!("{found} as {}", part.tensor.name),
                    found: next.map(|n| n.to_string()).unwrap_or_default(),
                });
            }
            differences.extend(next_difference);
            parts.push(PartShape {
                dims,
                dtype: part.tensor.dtype,
            });
        } else {
            differences.extend(difference);
            differences.extend(compare("output", &own, next.as_ref(), true));
        }
    }
    for output in &OUTPUTS {
        let found = find(&model.outputs, output.tensor.name);
        differences.extend(compare("output", &output.tensor, found.as_ref(), true));
    }

    let known_in = |name: &str| {
        INPUTS.iter().any(|i| i.tensor.name == name) || STATE.iter().any(|p| p.tensor.name == name)
    };
    let known_out = |name: &str| {
        OUTPUTS.iter().any(|o| o.tensor.name == name) || STATE.iter().any(|p| p.next == name)
    };
    let unknown = |side: &'static str, list: &[Declared], known: &dyn Fn(&str) -> bool| {
        let names = list.iter().filter(|d| !known(&d.name));
        names
            .map(|d| Difference::Unknown {
                side,
                name: d.name.clone(),
            })
            .collect::<Vec<_>>()
    };
    differences.extend(unknown("input", &model.inputs, &known_in));
    differences.extend(unknown("output", &model.outputs, &known_out));

    let numbers = parts.iter().map(PartShape::numbers).sum();
    if numbers > MAX_STATE {
        differences.push(Difference::StateSize { numbers });
    }
    if differences.is_empty() {
        Ok(parts)
    } else {
        Err(differences)
    }
}

/// Whether two lists of dimensions can be the same; an open one agrees with any.
fn agree(a: &[Option<usize>], b: &[Option<usize>]) -> bool {
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .all(|(a, b)| a.is_none() || b.is_none() || a == b)
}

/// `open_ok`: an output may leave an inner size open; the warm-up step then measures it.
fn compare(
    side: &'static str,
    expected: &Tensor,
    found: Option<&Declared>,
    open_ok: bool,
) -> Option<Difference> {
    let Some(found) = found else {
        let (name, expected) = (expected.name, expected.to_string());
        return Some(Difference::Missing {
            side,
            name,
            expected,
        });
    };
    let fits = |dim: &Dim, found: Option<usize>| match (dim, found) {
        (_, None) => open_ok,
        (Dim::Of(n), Some(found)) => *n == found,
        (Dim::Own(_), Some(found)) => found > 0,
    };
    let same = found.dtype == expected.dtype.to_string()
        && found.dims.len() == expected.dims.len() + 1
        && found.dims[0].is_none()
        && expected
            .dims
            .iter()
            .zip(&found.dims[1..])
            .all(|(dim, found)| fits(dim, *found));
    (!same).then(|| Difference::Shape {
        side,
        name: expected.name.to_owned(),
        expected: expected.to_string(),
        found: found.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(tensor: &Tensor, name: &str, own: usize) -> Declared {
        let inner = tensor.dims.iter().map(|dim| match dim {
            Dim::Of(n) => Some(*n),
            Dim::Own(_) => Some(own),
        });
        Declared {
            name: name.to_owned(),
            dtype: tensor.dtype.to_string(),
            dims: std::iter::once(None).chain(inner).collect(),
        }
    }

    /// A declaration that fits, with every size of the model's own set to `own`.
    fn fitting(own: usize) -> Declaration {
        let state_in = STATE
            .iter()
            .map(|p| declared(&p.tensor, p.tensor.name, own));
        let state_out = STATE.iter().map(|p| declared(&p.tensor, p.next, own));
        let outputs = OUTPUTS
            .iter()
            .map(|o| declared(&o.tensor, o.tensor.name, own));
        Declaration {
            inputs: INPUTS
                .iter()
                .map(|i| declared(&i.tensor, i.tensor.name, own))
                .chain(state_in)
                .collect(),
            outputs: outputs.chain(state_out).collect(),
            contract: Some(CONTRACT.to_owned()),
            feature_id: Some("features".to_owned()),
            edition: Some("test".to_owned()),
        }
    }

    fn expect(change: impl FnOnce(&mut Declaration), lines: &[&str]) {
        let mut model = fitting(4);
        change(&mut model);
        let found = check(&model, "features").err().unwrap_or_default();
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, lines);
    }

    fn named<'a>(list: &'a mut [Declared], name: &str) -> &'a mut Declared {
        list.iter_mut().find(|d| d.name == name).unwrap()
    }

    #[test]
    fn a_fitting_model_gives_the_sizes_of_its_state() {
        let parts = check(&fitting(4), "features").unwrap();
        assert_eq!(parts.len(), STATE.len());
        assert_eq!(parts[0].dims, [8, 4]);
        assert_eq!(parts[4].dims, [64, 96]);
        assert_eq!(
            parts[7],
            PartShape {
                dims: vec![4],
                dtype: Dtype::F64
            }
        );
    }

    #[test]
    fn what_differs_is_named() {
        expect(|_| (), &[]);
        expect(
            |m| named(&mut m.inputs, "mel_new").dims[1] = Some(40),
            &["input mel_new: expected f32[B,64,20], the model has f32[B,40,20]"],
        );
        expect(
            |m| named(&mut m.inputs, "eeg_new").dims[0] = Some(1),
            &["input eeg_new: expected f32[B,8,50], the model has f32[1,8,50]"],
        );
        expect(
            |m| named(&mut m.inputs, "thermal").dims[3] = None,
            &["input thermal: expected f32[B,3,24,32], the model has f32[B,3,24,?]"],
        );
        expect(
            |m| named(&mut m.inputs, "s_phase").dtype = "f32".to_owned(),
            &["input s_phase: expected f64[B,P], the model has f32[B,4]"],
        );
        expect(
            |m| named(&mut m.outputs, "n_acc").dims[1] = Some(5),
            &["output n_acc: expected f32[B,4] as s_acc, the model has f32[B,5]"],
        );
        expect(
            |m| m.outputs.retain(|d| d.name != "hazard"),
            &["output hazard: expected f32[B,3], the model has none"],
        );
        expect(
            |m| named(&mut m.inputs, "dose").name = "doze".to_owned(),
            &[
                "input dose: expected f32[B,1], the model has none",
                "input doze: not in the contract",
            ],
        );
        expect(
            |m| m.contract = None,
            &["metadata contract: expected \"flavorformer-step/2\", the model has none"],
        );
        expect(
            |m| m.feature_id = Some("old".to_owned()),
            &["metadata feature_id: expected \"features\", the model has \"old\""],
        );
    }

    #[test]
    fn an_output_may_leave_its_inner_size_open() {
        expect(
            |m| {
                named(&mut m.outputs, "n_h").dims[1] = None;
                named(&mut m.outputs, "score").dims[1] = None;
            },
            &[],
        );
    }

    #[test]
    fn a_state_over_the_limit_is_refused() {
        let found = check(&fitting(100), "features").unwrap_err();
        // 6,144 of memory, 192 recurrent, 1 fill and (8 + 64 + 1 + 1) × 100 of its own.
        assert_eq!(found, [Difference::StateSize { numbers: 13_737 }]);
    }
}

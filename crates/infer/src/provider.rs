//! Execution providers: what was asked for and what was got.

use std::fmt;
use std::str::FromStr;

use ort::ep::{self, ExecutionProvider, ExecutionProviderDispatch};

/// Where the model runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Provider {
    /// CUDA device 0 where it can be had, else the CPU; [`Chosen`] says which and why.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// CUDA on the device of this number.
    Cuda(u32),
    /// TensorRT on the device of this number; what it cannot run goes to CUDA on the same one.
    TensorRt(u32),
}

impl Provider {
    /// The providers to try, in order.
    pub(crate) fn candidates(self) -> Vec<Self> {
        match self {
            Self::Auto => vec![Self::Cuda(0), Self::Cpu],
            named => vec![named],
        }
    }

    /// Whether it is a GPU.
    #[must_use]
    pub fn is_gpu(self) -> bool {
        matches!(self, Self::Cuda(_) | Self::TensorRt(_))
    }

    /// What ONNX Runtime registers for it. A GPU that fails to register is an error: ONNX Runtime
    /// would else go on with the CPU and not say so.
    pub(crate) fn dispatches(self, tensorrt: &TensorRtOptions) -> Vec<ExecutionProviderDispatch> {
        match self {
            Self::Auto | Self::Cpu => vec![],
            Self::Cuda(device) => vec![cuda(device)],
            Self::TensorRt(device) => {
                let mut provider = ep::TensorRT::default()
                    .with_device_id(device.cast_signed())
                    .with_profile_min_shapes(&tensorrt.min_shapes)
                    .with_profile_opt_shapes(&tensorrt.opt_shapes)
                    .with_profile_max_shapes(&tensorrt.max_shapes);
                if let Some(folder) = &tensorrt.engine_cache {
                    provider = provider
                        .with_engine_cache(true)
                        .with_engine_cache_path(folder);
                }
                vec![provider.build().error_on_failure(), cuda(device)]
            }
        }
    }

    /// Why this build of ONNX Runtime can never provide it, or `None` where it may.
    pub(crate) fn missing_from_library(self) -> Option<String> {
        let has = match self {
            Self::Auto | Self::Cpu => return None,
            Self::Cuda(_) => ep::CUDA::is_available(),
            Self::TensorRt(_) => ep::TensorRT::is_available(),
        };
        match has {
            Ok(true) => None,
            Ok(false) => Some("this ONNX Runtime was built without it".to_owned()),
            Err(error) => Some(error.to_string()),
        }
    }
}

/// Shapes and the engine folder that TensorRT builds with.
#[derive(Debug, Clone, Default)]
pub(crate) struct TensorRtOptions {
    pub(crate) min_shapes: String,
    pub(crate) opt_shapes: String,
    pub(crate) max_shapes: String,
    pub(crate) engine_cache: Option<String>,
}

fn cuda(device: u32) -> ExecutionProviderDispatch {
    ep::CUDA::default()
        .with_device_id(device.cast_signed())
        // TF32 keeps 10 bits of mantissa; the golden vectors are held to more.
        .with_tf32(false)
        // The exhaustive search would run anew for every batch size, in a live hop.
        .with_conv_algorithm_search(ep::cuda::ConvAlgorithmSearch::Heuristic)
        .with_arena_extend_strategy(ep::ArenaExtendStrategy::SameAsRequested)
        .build()
        .error_on_failure()
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(device) => write!(f, "cuda:{device}"),
            Self::TensorRt(device) => write!(f, "tensorrt:{device}"),
        }
    }
}

/// A provider that is not one of those known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no provider; use auto, cpu, cuda:N or tensorrt:N with N the GPU's number, such as cuda:0"
)]
pub struct ProviderParseError(String);

impl FromStr for Provider {
    type Err = ProviderParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || ProviderParseError(text.to_owned());
        let (name, device) = match text.split_once(':') {
            Some((name, device)) => (name, Some(device)),
            None => (text, None),
        };
        // ONNX Runtime takes the number as an i32; signs and spaces are typing slips.
        let number = || -> Option<u32> {
            let digits = device.filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
            digits
                .parse()
                .ok()
                .filter(|n: &u32| i32::try_from(*n).is_ok())
        };
        match (name, device) {
            ("auto", None) => Ok(Self::Auto),
            ("cpu", None) => Ok(Self::Cpu),
            ("cuda", Some(_)) => number().map(Self::Cuda).ok_or_else(bad),
            ("tensorrt", Some(_)) => number().map(Self::TensorRt).ok_or_else(bad),
            _ => Err(bad()),
        }
    }
}

/// What was got, and what was tried before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The provider that runs the model; never [`Provider::Auto`].
    pub provider: Provider,
    /// Providers that were tried before and why they could not be had.
    pub tried: Vec<(Provider, String)>,
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.provider)?;
        for (provider, why) in &self.tried {
            write!(f, " (not {provider}: {why})")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_read_and_written() {
        let check = |text: &str, expect: Option<Provider>| {
            assert_eq!(text.parse().ok(), expect, "{text}");
            if let Some(provider) = expect {
                assert_eq!(provider.to_string(), text);
            }
        };
        check("auto", Some(Provider::Auto));
        check("cpu", Some(Provider::Cpu));
        check("cuda:0", Some(Provider::Cuda(0)));
        check("tensorrt:3", Some(Provider::TensorRt(3)));
        for bad in [
            "",
            "gpu",
            "cuda",
            "cuda:",
            "cuda:x",
            "cuda:+1",
            "cpu:0",
            "CUDA:0",
            "cuda:4294967295",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn a_wrong_provider_is_told_what_to_write() {
        let error = "cuda".parse::<Provider>().unwrap_err().to_string();
        assert!(
            error.contains("\"cuda\"") && error.contains("cuda:0"),
            "{error}"
        );
    }

    #[test]
    fn what_was_got_says_what_was_not() {
        let chosen = Chosen {
            provider: Provider::Cpu,
            tried: vec![(Provider::Cuda(0), "no device".to_owned())],
        };
        assert_eq!(chosen.to_string(), "cpu (not cuda:0: no device)");
    }
}

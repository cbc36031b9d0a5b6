//! The Flavorformer step on ONNX Runtime.

//! Without the feature `tracing` no span is known.

pub(in crate::witness) fn current_spans() -> Vec<&'static str> {
    Vec::new()
}

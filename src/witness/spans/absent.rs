//! Without the feature `tracing` a writer is in no span.

pub(in crate::witness) fn current_spans() -> Vec<&'static str> {
    Vec::new()
}

//! tungstenite 0.26 and 0.27 do not have what `line.rs` adds.

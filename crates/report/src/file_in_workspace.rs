//! How a file is named in a group where no function, and so no crate, is known.

use super::group::file_in_package;

/// The file with its folders, if the compiler has named it from the workspace on. Else crates with a `src/lib.rs` each are one.
pub(super) fn file_in_workspace(file: &str) -> String {
    let is_absolute = file.starts_with(['/', '\\']) || file.contains(':');
    if is_absolute {
        file_in_package(file)
    } else {
        file.replace('\\', "/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_workspace_keeps_its_folders() {
        for (file, name) in [
            ("crates\\hub\\src\\lib.rs", "crates/hub/src/lib.rs"),
            ("/w/crates/hub/src/lib.rs", "src/lib.rs"),
            ("C:\\w\\hub\\src\\lib.rs", "src/lib.rs"),
        ] {
            assert_eq!(file_in_workspace(file), name);
        }
    }
}

//! Host → door → routes.

//! StorageGRID's management API behind single sign-on.

//! One module a door, mirroring `src/doors`.

mod adfs;
mod entra;
mod pingfederate;
mod storagegrid;

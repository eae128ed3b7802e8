//! One module a door, mirroring `src/doors`.

mod adfs;
mod entra;
mod horacius;
mod pingfederate;
mod storagegrid;

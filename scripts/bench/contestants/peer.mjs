// The peers are installed into a folder of their own, see ../peers.mjs.
import { createRequire } from "node:module"
import { peersFolder } from "../peers.mjs"

export const require = createRequire(`${peersFolder}/package.json`)

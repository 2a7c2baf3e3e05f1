/**
 * Where an emulator keeps its tasks, so that a restarted one still knows them.
 *
 * @since 0.1.0
 */
export * as DataDirectory from "./DataDirectory.js"

/**
 * Where the results of an export are to be found.
 *
 * @since 0.1.0
 */
export * as Destination from "./Destination.js"

/**
 * Earth Engine's operations service, emulated on a socket of this machine.
 *
 * @since 0.1.0
 */
export * as Emulator from "./Emulator.js"

/**
 * Earth Engine's operations service, emulated, as an HTTP app without a socket.
 *
 * Tasks are bodies of a host, which has the state machine, and a server answers for it; what is the emulator's own is
 * what tasks do with their time and how they are told of.
 *
 * @since 0.1.0
 */
export * as EmulatorApp from "./EmulatorApp.js"

/**
 * What a simulated task does with its time.
 *
 * @since 0.1.0
 */
export * as Simulation from "./Simulation.js"

/**
 * The body of a request that starts an operation, checked as Google's servers check it: members that nobody knows and
 * values of the wrong type are refused, each by its name. Expressions are not evaluated.
 *
 * @since 0.1.0
 */
export * as StartBody from "./StartBody.js"

/**
 * A simulated export or import, as an operation of a host.
 *
 * @since 0.1.0
 */
export * as Task from "./Task.js"

/**
 * What Earth Engine would tell of a simulated task.
 *
 * Progress is not written down while it grows: it follows from when the attempt began and what time it is, so that a
 * task costs one write and one timer however long it runs and however often it is looked at.
 *
 * @since 0.1.0
 */
export * as TaskMetadata from "./TaskMetadata.js"

/**
 * Operations of a service that does not offer all methods.
 *
 * @since 0.1.0
 */
export * as Withheld from "./Withheld.js"

namespace ShowTell.Benchmarks;

/// <summary>Something to time, which the peers do in the same way under the same name.</summary>
/// <param name="Name">What is done, with which cell, on how many captions at a time.</param>
/// <param name="Captions">Captions of a step.</param>
/// <param name="Operations">Operations of a step, as <see cref="Work"/> counts them.</param>
/// <param name="Step">The step.</param>
internal sealed record Workload(string Name, int Captions, double Operations, Action Step);

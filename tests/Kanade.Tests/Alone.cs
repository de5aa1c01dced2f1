namespace Kanade.Tests;

/// <summary>Tests that count live tensors, or change what belongs to the whole process, run while no other test does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

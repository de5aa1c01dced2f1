namespace Kanade.Corpus;

/// <summary>One row of the rejects: a recording that did not become an utterance.</summary>
/// <param name="Source">Path in the corpus folder.</param>
/// <param name="Reason">One word a kind, in snake_case; the same words count in the report.</param>
/// <param name="Detail">The figure and the threshold, or what the reader said.</param>
public sealed record RejectedRecording(string Source, string Reason, string Detail);

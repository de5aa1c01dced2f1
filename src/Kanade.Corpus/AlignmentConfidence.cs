namespace Kanade.Corpus;

/// <summary>Brings what an aligner found back into a dataset: how well each text fits its sound.</summary>
public static class AlignmentConfidence
{
    /// <summary>Rewrites the manifest with the confidences given; other utterances keep theirs.</summary>
    /// <param name="dataset">Whose manifest.</param>
    /// <param name="confidences">By utterance id, 0 to 1.</param>
    public static void Write(Dataset dataset, IReadOnlyDictionary<string, double> confidences) =>
        AtomicFile.Write(Path.Combine(dataset.Folder, Manifest.File), stream => Manifest.Write(stream, dataset.All.Select(u =>
            confidences.TryGetValue(u.Id, out var confidence) ? u with { Quality = u.Quality with { AlignmentConfidence = confidence } } : u)));
}

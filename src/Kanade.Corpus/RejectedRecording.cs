namespace Kanade.Corpus;

/// <summary>One row of the rejects: a recording that did not become an utterance.</summary>
/// <param name="Source">Path in the corpus folder.</param>
/// <param name="Reason">One word a kind, in snake_case; the same words count in the report.</param>
/// <param name="Detail">The figure and the threshold, or what the reader said.</param>
public sealed record RejectedRecording(string Source, string Reason, string Detail)
{
    /// <summary>The order in files: by source, then by what happened to it.</summary>
    internal static readonly IComparer<RejectedRecording> InOrder = Comparer<RejectedRecording>.Create((a, b) =>
        string.CompareOrdinal(a.Source, b.Source) is not 0 and var bySource ? bySource
        : string.CompareOrdinal(a.Reason, b.Reason) is not 0 and var byReason ? byReason
        : string.CompareOrdinal(a.Detail, b.Detail));

    internal static readonly RowFormat<RejectedRecording> Format = new(
        (writer, r) =>
        {
            writer.Write(r.Source);
            writer.Write(r.Reason);
            writer.Write(r.Detail);
        },
        reader => new(reader.ReadString(), reader.ReadString(), reader.ReadString()));

    /// <summary>How many there are of each reason, the most first: "12 too_long, 3 silent".</summary>
    public static string Counts(IEnumerable<RejectedRecording> rejects) => string.Join(", ",
        rejects.CountBy(r => r.Reason).OrderByDescending(r => r.Value).ThenBy(r => r.Key, StringComparer.Ordinal).Select(r => $"{r.Value} {r.Key}"));
}

using Kanade.Corpus;
using Kanade.Training;
using Serilog.Core;

namespace Kanade.Tests.Training;

public sealed class TrainingDataTests : IDisposable
{
    readonly ToneSpeech _speech = new(training: 4, validation: 2);

    [Fact]
    public void What_does_not_fit_its_text_is_left_out_where_the_run_says_so()
    {
        Score(new() { ["tone001"] = 0.2, ["tone002"] = 0.9, ["tone004"] = 0.1 });

        Assert.Equal(["tone000", "tone001", "tone002", "tone003"], Trained(null));
        Assert.Equal(["tone000", "tone002", "tone003"], Trained(0.5));
        using var data = Open(0.5);
        Assert.Equal(["tone005"], data.ValidationBatches().SelectMany(b => b.UtteranceIds));
    }

    [Fact]
    public void A_run_notices_that_its_utterances_were_scored_anew_only_where_that_counts()
    {
        Score(new() { ["tone001"] = 0.2 });
        var (all, some) = (Hash(null), Hash(0.5));
        Score(new() { ["tone001"] = 0.6, ["tone002"] = 0.1 });

        Assert.Equal(all, Hash(null));
        Assert.NotEqual(some, Hash(0.5));
    }

    [Fact]
    public void Confidences_that_nobody_found_are_asked_for()
    {
        var refused = Assert.Throws<InvalidDataException>(() => Open(0.5));
        Assert.Contains("kanade align", refused.Message, StringComparison.Ordinal);
    }

    TrainingData Open(double? least) => TrainingData.Open(_speech.Folder, new RunConfig(1, BatchSize: 1, LeastConfidence: least), Logger.None);

    string Hash(double? least)
    {
        using var data = Open(least);
        return data.Hash;
    }

    List<string> Trained(double? least)
    {
        using var data = Open(least);
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var batch in data.TrainingBatches(0).Take(8))
        {
            ids.UnionWith(batch.UtteranceIds);
            batch.Dispose();
        }
        return [.. ids];
    }

    void Score(Dictionary<string, double> confidences)
    {
        using var dataset = Dataset.Open(_speech.Folder);
        AlignmentConfidence.Write(dataset, confidences);
    }

    public void Dispose() => _speech.Dispose();
}

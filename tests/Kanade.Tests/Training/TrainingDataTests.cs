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

    [Fact]
    public void Durations_that_are_required_and_not_there_are_asked_for()
    {
        var refused = Assert.Throws<InvalidDataException>(() => TrainingData.Open(_speech.Folder, new RunConfig(1), Logger.None, requireDurations: true));
        Assert.Equal($"{_speech.Folder}: alignment: dataset needs durations; run kanade align {_speech.Folder} --aligner <run> --durations", refused.Message);
    }

    [Fact]
    public void Utterances_without_durations_are_left_out_where_they_are_required()
    {
        Align("tone001", "tone003", "tone004");
        using var data = TrainingData.Open(_speech.Folder, new RunConfig(1, BatchSize: 1), Logger.None, requireDurations: true);
        Assert.Equal(["tone001", "tone003"], data.TrainingBatches(0).Take(8).SelectMany(b => b.UtteranceIds).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(["tone004"], data.ValidationBatches().SelectMany(b => b.UtteranceIds));
        Assert.All(data.TrainingBatches(0).Take(2), b => Assert.Equal(b.FrameLengths.sum().item<long>(), 2 * b.Durations!.sum().item<long>()));
    }

    [Fact]
    public void A_run_notices_that_its_durations_are_others_only_where_they_are_required()
    {
        var none = Aligned(false);
        Align("tone000", "tone004");
        var (before, other) = (Aligned(true), Aligned(false));
        Align("tone000", "tone004");
        Assert.Equal(before, Aligned(true));
        Align(1, "tone000", "tone004");

        Assert.Equal(none, other);
        Assert.NotEqual(none, before);
        Assert.NotEqual(before, Aligned(true));
        string Aligned(bool required)
        {
            using var data = TrainingData.Open(_speech.Folder, new RunConfig(1, BatchSize: 1), Logger.None, requireDurations: required);
            return data.Hash;
        }
    }

    [Fact]
    public void A_balanced_run_hears_rare_styles_as_often_as_others()
    {
        using (var dataset = Dataset.Open(_speech.Folder))
        {
            Utterance[] rows = [.. dataset.All.Select(u => u with { Speaker = "low", Style = u.Id == "tone000" ? "rare" : "plain" })];
            using var manifest = File.Create(Path.Combine(_speech.Folder, "manifest.parquet"));
            Manifest.Write(manifest, rows);
        }
        using var data = TrainingData.Open(_speech.Folder, new RunConfig(1, BatchSize: 1, Balance: 1), Logger.None);
        List<string> styles = [];
        foreach (var batch in data.TrainingBatches(0).Take(4 * 6)) // epochs of 4
        {
            using (batch)
                styles.AddRange(batch.Utterances.Select(u => u.Style));
        }
        Assert.InRange(styles.Count(s => s == "rare"), 10, 14);
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

    void Align(params string[] ids) => Align(0, ids);

    void Align(int before, params string[] ids)
    {
        using var dataset = Dataset.Open(_speech.Folder);
        AlignedDurations.Write(dataset, "aligner", dataset.All.Where(u => ids.Contains(u.Id)).ToDictionary(
            u => u.Id, u => (int[])[before, .. Enumerable.Repeat(1, u.Ids.Length - 2), u.Frames / 2 - before - u.Ids.Length + 2]));
    }

    public void Dispose() => _speech.Dispose();
}

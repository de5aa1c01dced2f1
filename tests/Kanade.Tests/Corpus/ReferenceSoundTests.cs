using Kanade.Corpus;

namespace Kanade.Tests.Corpus;

[Collection(nameof(Alone))]
public sealed class ReferenceSoundTests
{
    static readonly BatchConfig Config = new(4, Seed: 3, References: true);

    [Fact]
    public void A_reference_is_another_recording_of_the_same_speaker()
    {
        using var made = new TemporaryDataset(26);
        HashSet<(string Utterance, int Reference)> pairs = [];
        for (var epoch = 0; epoch < 6; epoch++)
        {
            foreach (var (id, reference) in Read(made, Config, epoch))
            {
                var self = int.Parse(id[1..], null);
                Assert.NotEqual(self, reference);
                Assert.Equal(self % 2, reference % 2); // the speaker of TemporaryDataset
                pairs.Add((id, reference));
            }
        }
        Assert.InRange(pairs.Count, 100, 144); // of 12 others each, a draw is seldom the same again
    }

    [Fact]
    public void It_is_the_same_for_one_process_and_for_two_and_another_one_in_another_epoch()
    {
        using var made = new TemporaryDataset(26);
        var one = Read(made, Config, 2);
        var two = Read(made, Config with { World = 2 }, 2).Concat(Read(made, Config with { World = 2, Rank = 1 }, 2));
        Assert.Equal(one.Order(), two.Order());
        Assert.NotEqual(one.ToHashSet(), Read(made, Config, 3).ToHashSet());
        Assert.NotEqual(one.ToHashSet(), Read(made, Config with { Seed = 4 }, 2).ToHashSet());
    }

    [Fact]
    public void Padding_is_the_same_however_many_processes_share_the_batch()
    {
        using var made = new TemporaryDataset(26);
        var (whole, first, second) = (Widths(0, 1), Widths(0, 2), Widths(1, 2));
        Assert.Equal(whole, first);
        Assert.Equal(whole, second);
        List<long> Widths(int rank, int world) =>
            [.. Batches(made, Config with { Rank = rank, World = world }, 0).Select(b => b.References!.Samples.shape[1])];
    }

    [Fact]
    public void A_resumed_epoch_has_the_references_it_would_have_had()
    {
        using var made = new TemporaryDataset(26);
        Assert.Equal(Read(made, Config, 1).Skip(3 * 4), Read(made, Config, 1, first: 3));
    }

    [Fact]
    public void A_speaker_with_one_recording_has_silence_in_its_place()
    {
        using var made = new TemporaryDataset(3); // u0001 is b's only one
        using var batch = Assert.Single(Batches(made, Config with { BatchSize = 3 }, 0));
        var references = batch.References!;
        for (var row = 0; row < 3; row++)
        {
            var alone = batch.UtteranceIds[row] == "u0001";
            Assert.Equal(!alone, references.Present[row].item<bool>());
            if (!alone)
                continue;
            Assert.Equal(batch.FrameLengths[row].item<long>(), references.FrameLengths[row].item<long>());
            Assert.Equal(0, references.Samples[row].abs().sum().item<float>());
        }
    }

    [Fact]
    public void It_holds_what_the_shard_holds_at_most_six_seconds_padded_with_zeros()
    {
        using var made = new TemporaryDataset(8, frames: i => i < 4 ? 20 + 2 * i : 500);
        foreach (var batch in Batches(made, Config, 0))
        {
            for (var row = 0; row < batch.Count; row++)
            {
                var frames = (int)batch.References!.FrameLengths[row].item<long>();
                var samples = batch.References.Samples[row].data<float>().ToArray();
                var i = NumberOf(samples);
                Assert.Equal(i < 4 ? 20 + 2 * i : 480, frames);
                Assert.Equal(TemporaryDataset.Features(i, frames).Samples, samples[..(300 * frames)]);
                Assert.All(samples[(300 * frames)..], sample => Assert.Equal(0, sample));
            }
        }
    }

    [Fact]
    public void What_is_not_finite_is_no_reference()
    {
        using var speech = new Training.ToneSpeech(training: 6, validation: 1, change: (i, features) =>
            i == 2 ? features with { Samples = [float.NaN, .. features.Samples[1..]] } : features);
        using var dataset = Dataset.Open(speech.Folder);
        HashSet<string> poisoned = [];
        var reader = new BatchReader(dataset, dataset.Utterances(Split.Train), Config with { BatchSize = 2 }, u =>
        {
            lock (poisoned)
                poisoned.Add(u.Id);
        });
        for (var epoch = 0; epoch < 4; epoch++)
        {
            foreach (var batch in reader.Read(epoch))
            {
                using (batch)
                    Assert.True(batch.References!.Samples.isfinite().all().item<bool>() && batch.References.Present.all().item<bool>());
            }
        }
        Assert.Equal(["tone002"], poisoned);
    }

    [Fact]
    public void Batches_own_their_references()
    {
        using var made = new TemporaryDataset(26);
        foreach (var batch in Batches(made, Config, 0))
            batch.Dispose();
        var before = TorchSharp.torch.Tensor.TotalCount;
        foreach (var batch in Batches(made, Config, 1))
            batch.Dispose();
        Assert.InRange(TorchSharp.torch.Tensor.TotalCount, 0, before);      // the collector may free what earlier tests left
    }

    [Fact]
    public void Batches_without_references_have_none()
    {
        using var made = new TemporaryDataset(4);
        using var batch = Assert.Single(Batches(made, new(4), 0));
        Assert.Null(batch.References);
    }

    [Fact]
    public void A_validation_set_has_references_out_of_the_training_split()
    {
        using var speech = new Training.ToneSpeech(training: 4, validation: 2);
        using var data = Kanade.Training.TrainingData.Open(speech.Folder, new(1, BatchSize: 2), Serilog.Core.Logger.None, references: true);
        var trained = data.Dataset.Utterances(Split.Train).Select(u => (u.Speaker, data.Dataset.Read(u).Samples)).ToArray();
        foreach (var batch in data.ValidationBatches())
        {
            using (batch)
            {
                for (var row = 0; row < batch.Count; row++)
                {
                    var samples = 300 * (int)batch.References!.FrameLengths[row].item<long>();
                    var heard = batch.References.Samples[row, ..samples].data<float>().ToArray();
                    Assert.Contains(trained, t => t.Speaker == batch.Utterances[row].Speaker && t.Samples.SequenceEqual(heard));
                }
            }
        }
    }

    static IEnumerable<SpeechBatch> Batches(TemporaryDataset made, BatchConfig config, long epoch, int first = 0) =>
        new BatchReader(made.Dataset, Split.Train, config).Read(epoch, first);

    static List<(string Utterance, int Reference)> Read(TemporaryDataset made, BatchConfig config, long epoch, int first = 0)
    {
        List<(string, int)> read = [];
        foreach (var batch in Batches(made, config, epoch, first))
        {
            using (batch)
            {
                for (var row = 0; row < batch.Count; row++)
                    read.Add((batch.UtteranceIds[row], NumberOf(batch.References!.Samples[row].data<float>().ToArray())));
            }
        }
        return read;
    }

    /// <summary>The first sample of TemporaryDataset tells which utterance it is.</summary>
    static int NumberOf(float[] samples) => (int)(samples[0] * 1024);
}

using CsCheck;
using Kanade.Corpus;
using static TorchSharp.torch;

namespace Kanade.Tests.Corpus;

[Collection(nameof(Alone))]
public sealed class BatchReaderTests
{
    [Fact]
    public void A_batch_holds_what_the_shards_hold_padded_with_zeros()
    {
        using var temporary = new TemporaryDataset(5);
        using var scope = NewDisposeScope();
        foreach (var batch in new BatchReader(temporary.Dataset, Split.Train, new(2, Shuffle: false)).Read(0))
        {
            using (batch)
            {
                for (var b = 0; b < batch.Count; b++)
                {
                    var i = int.Parse(batch.UtteranceIds[b][1..], null);
                    var frames = 4 + 2 * (i % 7);
                    var wanted = TemporaryDataset.Features(i, frames);
                    Assert.Equal(frames, batch.FrameLengths[b].item<long>());
                    Assert.Equal(frames * 300, batch.SampleLengths[b].item<long>());
                    Assert.Equal(wanted.Samples, batch.Samples[b, ..(frames * 300)].data<float>().ToArray());
                    Assert.Equal(wanted.F0, batch.F0[b, ..frames].data<float>().ToArray());
                    Assert.Equal(wanted.Energy, batch.Energy[b, ..frames].data<float>().ToArray());
                    Assert.Equal([0, .. Enumerable.Range(1, 1 + i % 5), 0], batch.Ids[b, ..(int)batch.IdLengths[b].item<long>()].data<long>().ToArray());
                    Assert.Equal(i % 2, batch.SpeakerIndex[b].item<long>());
                    Assert.Equal(0, batch.Samples[b, (frames * 300)..].abs().sum().item<float>());
                    Assert.Equal(0, batch.Ids[b, (int)batch.IdLengths[b].item<long>()..].sum().item<long>());
                }
            }
        }
    }

    [Fact]
    public void Every_process_count_shares_the_same_batches() =>
        Gen.Select(Gen.Int[4, 60], Gen.Int[1, 4], Gen.Int[0, 5], Gen.Long).Sample((count, half, epoch, seed) =>
        {
            using var temporary = new TemporaryDataset(count, frames: _ => 2, shards: 1);
            var whole = new BatchReader(temporary.Dataset, Split.Train, new(2 * half, seed));
            var plan = whole.Plan(epoch).Select(b => b.Select(u => u.Id).Order().ToList()).ToList();
            if (count < 2 * half)
                return; // a single incomplete batch depends on the number of processes
            var (first, second) = (Part(0), Part(1));
            Assert.Equal(plan, first.Zip(second, (a, b) => a.Concat(b).Order().ToList()));
            List<List<string>> Part(int rank) =>
                [.. new BatchReader(temporary.Dataset, Split.Train, new(2 * half, seed, rank, 2)).Parts(epoch).Select(b => b.Select(u => u.Id).ToList())];
        }, iter: 20, threads: 1);

    [Fact]
    public void An_epoch_has_no_utterance_twice_and_the_next_has_another_order()
    {
        using var temporary = new TemporaryDataset(50);
        var reader = new BatchReader(temporary.Dataset, Split.Train, new(4, Seed: 7));
        var (first, second) = (Order(0), Order(1));
        Assert.Equal(48, first.Count);
        Assert.Equal(48, first.Distinct().Count());
        Assert.NotEqual(first, second);
        Assert.Equal(first, Order(0));
        Assert.NotEqual(first, [.. new BatchReader(temporary.Dataset, Split.Train, new(4, Seed: 8)).Plan(0).SelectMany(b => b).Select(u => u.Id)]);
        List<string> Order(long epoch) => [.. reader.Plan(epoch).SelectMany(b => b).Select(u => u.Id)];
    }

    [Fact]
    public void Utterances_of_a_batch_are_of_similar_length()
    {
        using var temporary = new TemporaryDataset(256, frames: i => 2 + 2 * (i % 32), shards: 1);
        foreach (var batch in new BatchReader(temporary.Dataset, Split.Train, new(8)).Plan(3))
            Assert.True(batch.Max(u => u.Frames) - batch.Min(u => u.Frames) <= 2);
    }

    [Fact]
    public void A_resumed_epoch_goes_on_with_the_batch_it_would_have_had()
    {
        using var temporary = new TemporaryDataset(23);
        var reader = new BatchReader(temporary.Dataset, Split.Train, new(3));
        Assert.Equal(Ids(reader.Read(2)).Skip(4 * 3), Ids(reader.Read(2, first: 4)));
        static List<string> Ids(IEnumerable<SpeechBatch> batches) => [.. batches.SelectMany(b =>
        {
            using (b)
                return b.UtteranceIds;
        })];
    }

    [Fact]
    public void Validation_sees_everything_once_the_longest_first()
    {
        using var temporary = new TemporaryDataset(10, split: i => i % 3 == 0 ? Split.Validation : Split.Train);
        var seen = new BatchReader(temporary.Dataset, Split.Validation, new(3, Shuffle: false)).Plan(0).SelectMany(b => b).ToList();
        Assert.Equal(["u0000", "u0003", "u0006", "u0009"], seen.Select(u => u.Id).Order());
        Assert.Equal(seen.Select(u => u.Frames).OrderDescending(), seen.Select(u => u.Frames));
    }

    [Fact]
    public void A_corpus_smaller_than_a_batch_is_one_batch_and_none_is_an_error()
    {
        using var temporary = new TemporaryDataset(5);
        Assert.Equal(5, Assert.Single(new BatchReader(temporary.Dataset, Split.Train, new(16)).Plan(0)).Count);
        Assert.Equal(4, Assert.Single(new BatchReader(temporary.Dataset, Split.Train, new(16, World: 2)).Plan(0)).Count);
        Assert.Throws<InvalidDataException>(() => new BatchReader(temporary.Dataset, Split.Test, new(1)));
    }

    [Fact]
    public void Batches_own_their_tensors_and_leave_none_behind()
    {
        using var temporary = new TemporaryDataset(40);
        var reader = new BatchReader(temporary.Dataset, Split.Train, new(4));
        foreach (var batch in reader.Read(0))
            batch.Dispose();
        var before = Tensor.TotalCount;
        for (var epoch = 0; epoch < 3; epoch++)
        {
            foreach (var batch in reader.Read(epoch))
            {
                using var scope = NewDisposeScope();
                using (batch)
                    Assert.Equal(4, batch.Samples.shape[0]);
            }
        }
        foreach (var batch in reader.Read(0))
        {
            batch.Dispose();
            break; // leaving early, with a batch under way
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_shard_that_is_missing_is_said_to_be()
    {
        using var temporary = new TemporaryDataset(4, shards: 1);
        File.Delete(Path.Combine(temporary.Folder, "shards", "00000.parquet"));
        Assert.Throws<FileNotFoundException>(() => new BatchReader(temporary.Dataset, Split.Train, new(2)).Read(0).ToList());
    }
}

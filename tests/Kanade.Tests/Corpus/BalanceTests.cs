using CsCheck;
using Kanade.Corpus;

namespace Kanade.Tests.Corpus;

public sealed class BalanceTests : IDisposable
{
    readonly TemporaryDataset _made = new(330, frames: i => 20 + 2 * (i % 50), shards: 1);

    /// <summary>Three pairs of speaker and style: 300, 24 and 6 utterances.</summary>
    List<Utterance> Skewed => [.. _made.Dataset.All.Select((u, i) => u with { Speaker = i < 300 ? "a" : "b", Style = i < 324 ? "neutral" : "angry" })];

    [Fact]
    public void Without_balance_an_epoch_is_what_it_always_was()
    {
        var utterances = Skewed;
        for (var epoch = 0L; epoch < 3; epoch++)
        {
            var seed = StableHash.Mix(StableHash.Mix(9UL) ^ (ulong)epoch);
            var wanted = utterances.Select(u => (Utterance: u, Order: StableHash.Of(u.Id, seed))).OrderBy(p => p.Order).Take(82 * 4).Chunk(4 * 64)
                .SelectMany(bucket => bucket.OrderByDescending(p => p.Utterance.Frames).ThenBy(p => p.Order).Select(p => p.Utterance.Id).Chunk(4))
                .Select((batch, i) => (Batch: batch, Order: StableHash.Mix(seed + (ulong)i + 1))).OrderBy(p => p.Order).Select(p => p.Batch);
            Assert.Equal(wanted, Reader(0, 4).Plan(epoch).Select(b => b.Select(u => u.Id).ToArray()));
        }
    }

    [Fact]
    public void With_balance_1_every_pair_comes_equally_often_and_each_of_its_utterances_too()
    {
        for (var epoch = 0L; epoch < 4; epoch++)
        {
            var counts = BalancedDraw.Counts(Skewed, 1, (ulong)epoch).ToArray();
            Assert.Equal(330, counts.Sum(c => c.Count));
            Assert.All(counts.GroupBy(c => (c.Utterance.Speaker, c.Utterance.Style)), pair => Assert.InRange(pair.Sum(c => c.Count), 109, 111));
            Assert.All(counts, c => Assert.InRange(c.Count, Expected(c.Utterance), Expected(c.Utterance) + 1));
        }

        static int Expected(Utterance u) => (u.Speaker, u.Style) == ("a", "neutral") ? 0 : u.Style == "neutral" ? 110 / 24 : 110 / 6;
    }

    [Fact]
    public void Any_balance_draws_as_many_as_there_are_each_as_often_as_it_weighs() =>
        Gen.Select(Gen.Double[0, 1], Gen.ULong, Gen.Int[1, 330]).Sample((balance, seed, count) =>
        {
            var utterances = Skewed.TakeLast(count).ToList();
            var sizes = utterances.GroupBy(u => (u.Speaker, u.Style)).ToDictionary(g => g.Key, g => g.Count());
            var scale = count / utterances.Sum(u => Math.Pow(sizes[(u.Speaker, u.Style)], -balance));
            var counts = BalancedDraw.Counts(utterances, balance, seed).ToArray();
            Assert.Equal(count, counts.Sum(c => c.Count));
            Assert.Equal(count, counts.Select(c => c.Utterance.Id).Distinct().Count());
            foreach (var (utterance, times) in counts)
            {
                var weight = scale * Math.Pow(sizes[(utterance.Speaker, utterance.Style)], -balance);
                Assert.InRange(times, Math.Floor(weight - 1e-9), Math.Floor(weight + 1e-9) + 1);
            }
        }, threads: 1, iter: 50);

    [Fact]
    public void Which_of_the_frequent_ones_come_changes_from_epoch_to_epoch_until_all_have()
    {
        var reader = Reader(1, 8);
        var frequent = Enumerable.Range(0, 12).Select(epoch => reader.Plan(epoch).SelectMany(b => b).Where(u => u.Speaker == "a").Select(u => u.Id).ToHashSet()).ToArray();
        Assert.NotEqual(frequent[0], frequent[1]);
        Assert.True(frequent.SelectMany(ids => ids).Distinct().Count() > 280);
        Assert.Equal(Ids(reader.Plan(3)), Ids(Reader(1, 8).Plan(3)));
        Assert.NotEqual(Ids(reader.Plan(3)), Ids(Reader(1, 8, seed: 1).Plan(3)));
    }

    [Fact]
    public void Batches_are_as_many_of_similar_length_and_not_filled_with_one_utterance()
    {
        var reader = Reader(1, 8);
        var plan = reader.Plan(0);
        Assert.Equal(reader.Batches, plan.Count);
        foreach (var batch in plan)
        {
            Assert.Equal(8, batch.Count);
            Assert.Equal(batch.Select(u => u.Frames).OrderDescending(), batch.Select(u => u.Frames));
            Assert.True(batch[^1].Frames >= 0.6 * batch[0].Frames - 4);
        }
        Assert.True(plan.Average(b => b.Select(u => u.Id).Distinct().Count()) > 5.5);
    }

    [Fact]
    public void Every_process_count_shares_the_same_balanced_batches()
    {
        var whole = Ids(Reader(0.5, 8).Plan(1));
        var parts = Enumerable.Range(0, 2).Select(rank => Reader(0.5, 8, rank: rank, world: 2).Parts(1).ToArray()).ToArray();
        Assert.Equal(whole.Select(b => b.Order()), parts[0].Zip(parts[1], (a, b) => a.Concat(b).Select(u => u.Id).Order()));
    }

    [Fact]
    public void A_validation_takes_every_utterance_once_and_no_other_balance_exists()
    {
        Assert.Equal(330, new BatchReader(_made.Dataset, Skewed, new(8, Shuffle: false, Balance: 1)).Plan(0).SelectMany(b => b).Distinct().Count());
        Assert.Throws<ArgumentOutOfRangeException>(() => Reader(1.5, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => Reader(double.NaN, 8));
    }

    BatchReader Reader(double balance, int size, long seed = 9, int rank = 0, int world = 1) =>
        new(_made.Dataset, Skewed, new BatchConfig(size, seed, rank, world, Balance: balance));

    static List<List<string>> Ids(IEnumerable<IReadOnlyList<Utterance>> plan) => [.. plan.Select(b => b.Select(u => u.Id).ToList())];

    public void Dispose() => _made.Dispose();
}

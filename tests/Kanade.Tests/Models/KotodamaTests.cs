using Kanade.Models;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

public class KotodamaTests
{
    [Fact]
    public void Distances_are_told_apart_exactly_when_near_and_by_logarithm_when_far()
    {
        using var scope = NewDisposeScope();
        // 256 buckets a side: distances to 128 as they are; 129 is the first of the logarithm, 511 and beyond share the last.
        var buckets = DebertaLayers.DistanceBuckets(2000, 256, 512, CPU) - 256;
        long Bucket(long query, long key) => buckets[query, key].item<long>();
        Assert.Equal(0, Bucket(5, 5));
        Assert.Equal(128, Bucket(128, 0));
        Assert.Equal(-128, Bucket(0, 128));
        Assert.Equal(129, Bucket(129, 0));
        // 128 + ceil(127 * ln(200 / 128) / ln(511 / 128)) = 128 + ceil(40.94)
        Assert.Equal(169, Bucket(200, 0));
        Assert.Equal(-169, Bucket(0, 200));
        Assert.Equal(255, Bucket(1999, 0));
        Assert.Equal(-256, Bucket(0, 1999));
    }

    [Fact]
    public void Padding_and_company_do_not_change_a_style()
    {
        using var prompt = new KotodamaPrompt(new KotodamaPromptConfig(Tokens: 50, Hidden: 24, Heads: 2, FeedForward: 32, Layers: 2, Style: 16));
        using var text = new KotodamaText(new KotodamaTextConfig(Tokens: 50, Hidden: 24, Heads: 2, FeedForward: 32, Layers: 2, Style: 16));
        prompt.eval();
        text.eval();
        using var scope = NewDisposeScope();
        var ids = randint(1, 50, [2, 11], dtype: int64);
        var keep = ones(2, 11, dtype: int64);
        keep[0, TensorIndex.Slice(6)] = 0;
        foreach (var network in new nn.Module<Tensor, Tensor, Tensor>[] { prompt, text })
        {
            var alone = network.call(ids.narrow(0, 0, 1).narrow(1, 0, 6), ones(1, 6, dtype: int64));
            MLstmTests.AssertAgrees(alone, network.call(ids, keep).narrow(0, 0, 1), 1e-5);
        }
    }
}

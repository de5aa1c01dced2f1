using Kanade.Training;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

public sealed class LossTermsTests
{
    [Fact]
    public void The_sum_and_the_log_come_from_the_same_rows()
    {
        using var scope = NewDisposeScope();
        var losses = new LossTerms { { "mel", 5, tensor(2f) }, { "f0", 0.5, tensor(4f) }, { "watched", 0, tensor(9f) } };
        Assert.Equal(12, losses.Total().item<float>());
        Assert.Equal(new Dictionary<string, float> { ["mel"] = 2, ["f0"] = 4, ["watched"] = 9 }, losses.Values());
    }

    [Fact]
    public void A_name_stands_for_one_loss()
    {
        using var scope = NewDisposeScope();
        var losses = new LossTerms { { "mel", 1, tensor(2f) } };
        Assert.Throws<ArgumentException>(() => losses.Add("mel", 1, tensor(3f)));
    }
}

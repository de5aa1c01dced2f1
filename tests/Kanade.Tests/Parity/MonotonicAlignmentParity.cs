using Kanade.Models;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

public sealed class MonotonicAlignmentParity
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)] // many ties
    [InlineData(3)]
    [InlineData(4)]
    public void Paths_equal_the_original_exactly(int example)
    {
        using var golden = Golden.Load("maximum_path");
        using var scope = NewDisposeScope();

        var path = MonotonicAlignment.Path(golden[$"in.{example}.attn"], golden[$"in.{example}.text_len"], golden[$"in.{example}.mel_len"]);

        Assert.Equal(golden[$"out.{example}.path"].data<float>().ToArray(), path.data<float>().ToArray());
    }
}

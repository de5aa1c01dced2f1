using Kanade.Models;
using Kanade.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

public sealed class PhonemeBertTests
{
    static readonly PhonemeBertConfig Small = new(Symbols: 30, Hidden: 16, Heads: 2, FeedForward: 24, Layers: 2, Positions: 16, Embedding: 8);

    [Fact]
    public void A_text_of_any_length_gives_one_vector_a_symbol()
    {
        using var network = new PhonemeBert(Small);
        foreach (var length in new[] { 1, 15, 16, 17, 20, 28, 29, 100 })
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var output = network.forward(ones(2, length, ScalarType.Int64), ones(2, length, ScalarType.Int64));
            Assert.Equal([2, length, 16], output.shape);
            Assert.True(output.isfinite().all().item<bool>());
        }
    }

    [Fact]
    public void A_long_text_is_what_its_windows_say()
    {
        using var network = new PhonemeBert(Small);
        using var scope = NewDisposeScope();
        var ids = randint(1, 30, [1, 24], ScalarType.Int64);
        var keep = ones_like(ids);

        var whole = network.forward(ids, keep);

        // Windows of 16 that overlap by 4: 0 to 16 and 12 to 24, which meet in the middle of the overlap, at 14.
        Golden.AssertClose(network.forward(ids[.., ..16], keep[.., ..16])[.., ..14], whole[.., ..14], 1e-5);
        Golden.AssertClose(network.forward(ids[.., 12..], keep[.., 12..])[.., 2..], whole[.., 14..], 1e-5);
    }

    [Fact]
    public void A_row_gives_the_same_alone_and_padded_in_a_batch_of_longer_texts()
    {
        using var network = new PhonemeBert(Small);
        foreach (var length in new[] { 3, 14, 15, 16, 17, 28, 29, 40 })
        {
            using var scope = NewDisposeScope();
            var ids = randint(1, 30, [1, length], ScalarType.Int64);
            var alone = network.forward(ids, ones_like(ids));

            var batchIds = randint(1, 30, [2, 50], ScalarType.Int64);
            var keep = ones_like(batchIds);
            batchIds[1, ..length] = ids[0];
            keep[1, length..] = 0;
            var batch = network.forward(batchIds, keep);

            Golden.AssertClose(alone[0], batch[1, ..length], 1e-5, $"length {length}");
        }
    }

    [Fact]
    public void Autocast_changes_little()
    {
        using var network = new PhonemeBert(Small);
        using var scope = NewDisposeScope();
        var ids = randint(1, 30, [2, 20], ScalarType.Int64);
        var exact = network.forward(ids, ones_like(ids));
        using var precision = Kanade.Torch.Autocast.Enable(DeviceType.CPU);
        Golden.AssertClose(exact, network.forward(ids, ones_like(ids)), 0.1);
    }

    [Theory]
    [InlineData(192, 4, 128, 256)]
    [InlineData(768, 12, 128, 512)]
    public void Each_head_begins_by_looking_at_one_neighbour(int hidden, int heads, int embedding, int positions)
    {
        using var network = new PhonemeBert(new PhonemeBertConfig(Hidden: hidden, Heads: heads, FeedForward: 8, Layers: 1, Positions: positions, Embedding: embedding));
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var state = network.state_dict();
        const string attention = "encoder.albert_layer_groups.0.albert_layers.0.attention.";
        var x = nn.functional.linear(state["embeddings.position_embeddings.weight"], state["encoder.embedding_hidden_mapping_in.weight"]);
        Tensor Heads(string name) => nn.functional.linear(x, state[attention + name + ".weight"]).view(positions, heads, -1).transpose(0, 1);    // (heads, positions, width)

        var weights = (Heads("query").matmul(Heads("key").transpose(1, 2)) / Math.Sqrt((double)hidden / heads)).softmax(-1);

        for (var head = 0; head < heads; head++)
        {
            var (place, away) = (positions / 2, (head % 2 == 0 ? -1 : 1) * ((head / 2) + 1));
            Assert.Equal(place + away, weights[head, place].argmax().item<long>());
            Assert.InRange(weights[head, place, place + away].item<float>(), 0.5f, 1);
        }
    }
}

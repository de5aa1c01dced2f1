using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Torch;

public sealed class FreedMemoryTests
{
    [Fact]
    public void What_was_kept_is_given_back_even_from_below_what_is_in_use()
    {
        const int count = 200, megabytes = 4;
        FreedMemory.Keep();
        using (var scope = NewDisposeScope())
        {
            var held = new List<Tensor>();
            for (var i = 0; i < count; i++)
            {
                var freed = ones(megabytes << 18);
                held.Add(ones(1 << 12).DetachFromDisposeScope());       // between the freed ones, so that these cannot be joined
                freed.Dispose();
                held.Add(ones(megabytes << 18).DetachFromDisposeScope());
            }
            foreach (var tensor in held.Where((_, i) => i % 2 == 1))
                tensor.Dispose();
            var before = Environment.WorkingSet;

            FreedMemory.Release();

            Assert.InRange((before - Environment.WorkingSet) >> 20, count * megabytes / 2, long.MaxValue);
            foreach (var tensor in held.Where((_, i) => i % 2 == 0))
                tensor.Dispose();
        }
    }
}

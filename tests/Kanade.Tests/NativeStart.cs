using System.Runtime.CompilerServices;
using Kanade.Torch;

namespace Kanade.Tests;

static class NativeStart
{
    // Tests touch TorchSharp directly; one thread is faster for small tensors, and gives the same sums everywhere.
    [ModuleInitializer]
    internal static void Load()
    {
        Libtorch.Load();
        TorchSharp.torch.set_num_threads(1);
    }
}
